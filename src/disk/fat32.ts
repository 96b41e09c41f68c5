import { KubeosError } from '../errors.ts';
import { placeTree, ROOT_CLUSTER, type FatPiece, type FileTree } from './fat32-tree.ts';
import { MIB, SECTOR } from './layout.ts';
import type { PlacedBytes } from './placed-bytes.ts';

export interface Fat32Request {
  /** Of the partition. */
  readonly sizeBytes: number;
  /** At most eleven letters, in upper case. */
  readonly label: string;
  /** 32 bits that tell this file system from others. */
  readonly serial: number;
  /** Sectors of the disk before the partition. */
  readonly hiddenSectors: number;
  readonly files: FileTree;
  readonly time: Date;
}

const RESERVED_SECTORS = 32;
const BACKUP_SECTOR = 6;
const TABLES = 2;
const ENTRY_BYTES = 4;
const MEDIUM = 0xf8;
const LAST = 0x0fff_ffff;
/** With fewer, everybody who counts them takes it for FAT16. */
const MIN_CLUSTERS = 65_525;

/**
 * A FAT32 file system with these files (Microsoft, FAT file system specification 1.03), one sector in a cluster as
 * mkfs.vfat makes BOOT. Every file lies in one piece. What is not returned belongs to no file.
 *
 * @throws KubeosError NO_SPACE for a partition that is too small
 */
export function fat32(request: Fat32Request): readonly PlacedBytes[] {
  const { files, label, time } = request;
  const volume = volumeOf(request);
  const pieces = placeTree(files, label, time);
  const used = pieces.reduce((sum, piece) => sum + sectorsOf(piece), 0);
  if (used > volume.clusters) throw tooSmall(request, 'its files');
  const start = Buffer.concat([
    bootSector(request, volume),
    informationSector(volume.clusters - used, ROOT_CLUSTER + used),
    // Where other systems keep code to start from.
    signed(Buffer.alloc(SECTOR)),
  ]);
  const table = tableBytes(volume, pieces);
  return [
    { offsetBytes: 0, bytes: start },
    { offsetBytes: BACKUP_SECTOR * SECTOR, bytes: start },
    ...Array.from({ length: TABLES }, (_, index) => ({
      offsetBytes: (RESERVED_SECTORS + index * volume.tableSectors) * SECTOR,
      bytes: table,
    })),
    ...pieces.map(({ cluster, bytes }) => ({
      offsetBytes: (volume.dataSector + cluster - ROOT_CLUSTER) * SECTOR,
      bytes,
    })),
  ];
}

interface Volume {
  readonly sectors: number;
  readonly tableSectors: number;
  readonly dataSector: number;
  readonly clusters: number;
}

/** Tables that are large enough for what they leave; a little larger than that does no harm. */
function volumeOf(request: Fat32Request): Volume {
  const sectors = Math.floor(request.sizeBytes / SECTOR);
  const entriesPerSector = SECTOR / ENTRY_BYTES;
  const tableSectors = Math.ceil((sectors - RESERVED_SECTORS + 2) / (entriesPerSector + TABLES));
  const dataSector = RESERVED_SECTORS + TABLES * tableSectors;
  const clusters = sectors - dataSector;
  if (clusters < MIN_CLUSTERS) throw tooSmall(request, 'FAT32');
  return { sectors, tableSectors, dataSector, clusters };
}

function bootSector({ label, serial, hiddenSectors }: Fat32Request, volume: Volume): Buffer {
  const sector = Buffer.alloc(SECTOR);
  // A jump over the parameters, to code that there is not: nobody starts from here.
  sector.set([0xeb, 0x58, 0x90]);
  sector.write('KUBEOS  ', 3, 'latin1');
  sector.writeUInt16LE(SECTOR, 11);
  sector.writeUInt8(1, 13);
  sector.writeUInt16LE(RESERVED_SECTORS, 14);
  sector.writeUInt8(TABLES, 16);
  sector.writeUInt8(MEDIUM, 21);
  // Sectors and heads of the geometry that everybody assumes.
  sector.writeUInt16LE(63, 24);
  sector.writeUInt16LE(255, 26);
  sector.writeUInt32LE(hiddenSectors, 28);
  sector.writeUInt32LE(volume.sectors, 32);
  sector.writeUInt32LE(volume.tableSectors, 36);
  sector.writeUInt32LE(ROOT_CLUSTER, 44);
  sector.writeUInt16LE(1, 48);
  sector.writeUInt16LE(BACKUP_SECTOR, 50);
  sector.writeUInt8(0x80, 64);
  sector.writeUInt8(0x29, 66);
  sector.writeUInt32LE(serial, 67);
  sector.write(label.padEnd(11), 71, 'latin1');
  sector.write('FAT32   ', 82, 'latin1');
  return signed(sector);
}

/** What is free; a hint, which whoever writes keeps or corrects. */
function informationSector(freeClusters: number, nextFree: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write('RRaA', 0, 'latin1');
  sector.write('rrAa', 484, 'latin1');
  sector.writeUInt32LE(freeClusters, 488);
  sector.writeUInt32LE(nextFree, 492);
  return signed(sector);
}

function signed(sector: Buffer): Buffer {
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** The first two entries stand for no cluster; each other one names the next of its file. */
function tableBytes({ tableSectors }: Volume, pieces: readonly FatPiece[]): Buffer {
  const table = Buffer.alloc(tableSectors * SECTOR);
  table.writeUInt32LE(0x0fff_ff00 | MEDIUM, 0);
  table.writeUInt32LE(LAST, ENTRY_BYTES);
  for (const piece of pieces) {
    const last = piece.cluster + sectorsOf(piece) - 1;
    for (let cluster = piece.cluster; cluster <= last; cluster += 1) {
      table.writeUInt32LE(cluster === last ? LAST : cluster + 1, cluster * ENTRY_BYTES);
    }
  }
  return table;
}

const sectorsOf = ({ bytes }: FatPiece): number => Math.ceil(bytes.length / SECTOR);

function tooSmall({ label, sizeBytes }: Fat32Request, what: string): KubeosError {
  return new KubeosError('NO_SPACE', `${label} has ${sizeBytes / MIB} MiB, too few for ${what}`, {
    hint: 'set partitions.boot of the image definition to 64MiB or more',
  });
}
