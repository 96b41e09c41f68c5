import { KubeosError } from '../errors.ts';
import type { PositionalFile } from './positional-file.ts';

/** Where bytes lie, in a file system or on a disk. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** A file of a FAT, in one piece. */
export interface FatFile extends Extent {
  /** The number of its first cluster, and where its directory entry with that number stands (bytes). */
  readonly cluster: number;
  readonly entryOffset: number;
}

/**
 * Finds a file of a FAT32 file system without mounting it (Microsoft, FAT file system specification 1.03). A mount
 * would write to the table and to directories; files of a fixed size are overwritten where they lie.
 *
 * @param path such as `kubeos/grubenv`; letters of either case, as in FAT
 * @throws KubeosError HOST_NOT_READY when there is no such file, or it does not lie in one piece
 */
export async function findInFat(fat: PositionalFile, path: string): Promise<FatFile> {
  const volume = await readVolume(fat);
  const names = path.split('/');
  let cluster = volume.rootCluster;
  for (const [index, name] of names.entries()) {
    const entry = (await readDirectory(volume, cluster)).find((found) => isNamed(found, name));
    const isLast = index === names.length - 1;
    if (entry === undefined || entry.isDirectory === isLast) throw damaged(fat, `has no ${path}`);
    if (isLast) return await extentOf(volume, entry, path);
    cluster = entry.cluster;
  }
  throw damaged(fat, `has no ${path}`);
}

interface Volume {
  readonly fat: PositionalFile;
  readonly clusterBytes: number;
  readonly tableOffset: number;
  readonly dataOffset: number;
  readonly rootCluster: number;
  readonly clusters: number;
}

interface Entry {
  readonly names: readonly string[];
  readonly isDirectory: boolean;
  readonly cluster: number;
  readonly size: number;
  /** Bytes from the start of the file system. */
  readonly offset: number;
}

const ENTRY_BYTES = 32;
/** Far more than BOOT ever has; a loop in a damaged table ends here. */
const MAX_DIRECTORY_CLUSTERS = 256;

async function readVolume(fat: PositionalFile): Promise<Volume> {
  const sector = await readAt(fat, 0, 512);
  const sectorBytes = sector.readUInt16LE(11);
  const clusterBytes = sectorBytes * sector.readUInt8(13);
  const tableSectors = sector.readUInt32LE(36);
  const tableOffset = sectorBytes * sector.readUInt16LE(14);
  const dataOffset = tableOffset + sectorBytes * tableSectors * sector.readUInt8(16);
  const isFat32 =
    sector.readUInt16LE(510) === 0xaa55 && sector.readUInt16LE(22) === 0 && clusterBytes > 0;
  if (!isFat32 || dataOffset >= fat.size) throw damaged(fat, 'holds no FAT32 file system');
  const clusters = Math.floor((fat.size - dataOffset) / clusterBytes);
  const rootCluster = sector.readUInt32LE(44);
  return { fat, clusterBytes, tableOffset, dataOffset, rootCluster, clusters };
}

/** A file of a fixed size was made in one piece, and never moves. */
async function extentOf(volume: Volume, entry: Entry, path: string): Promise<FatFile> {
  const { cluster, size, offset: entryOffset } = entry;
  const count = Math.ceil(size / volume.clusterBytes);
  const isInside = cluster >= 2 && cluster + count <= volume.clusters + 2;
  if (!isInside || !(await isInOnePiece(volume, cluster, count))) {
    throw damaged(volume.fat, `has ${path} in several pieces`);
  }
  return { offset: clusterOffset(volume, cluster), length: size, cluster, entryOffset };
}

async function isInOnePiece(
  { fat, tableOffset }: Volume,
  first: number,
  count: number,
): Promise<boolean> {
  const chain = await readAt(fat, tableOffset + first * 4, Math.max(count - 1, 0) * 4);
  return Array.from({ length: count - 1 }, (_, index) => chain.readUInt32LE(index * 4)).every(
    (next, index) => (next & CLUSTER_BITS) === first + index + 1,
  );
}

async function readDirectory(volume: Volume, first: number): Promise<Entry[]> {
  const pieces: Buffer[] = [];
  const offsets: number[] = [];
  let cluster = first;
  while (isData(volume, cluster) && pieces.length < MAX_DIRECTORY_CLUSTERS) {
    offsets.push(clusterOffset(volume, cluster));
    pieces.push(await readAt(volume.fat, clusterOffset(volume, cluster), volume.clusterBytes));
    cluster = await nextCluster(volume, cluster);
  }
  const { clusterBytes } = volume;
  const offsetOf = (at: number): number =>
    (offsets[Math.floor(at / clusterBytes)] ?? 0) + (at % clusterBytes);
  return parseDirectory(Buffer.concat(pieces), offsetOf);
}

function parseDirectory(bytes: Buffer, offsetOf: (at: number) => number): Entry[] {
  const entries: Entry[] = [];
  let long = '';
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const raw = bytes.subarray(at, at + ENTRY_BYTES);
    if (raw[0] === 0) break;
    const attributes = raw.readUInt8(11);
    // Parts of a long name stand before their entry, the last part first.
    if ((attributes & 0x3f) === 0x0f) long = longPart(raw) + long;
    else {
      if (raw[0] !== 0xe5 && (attributes & 0x08) === 0) {
        entries.push({ ...parseEntry(raw, long), offset: offsetOf(at) });
      }
      long = '';
    }
  }
  return entries;
}

function parseEntry(raw: Buffer, long: string): Omit<Entry, 'offset'> {
  const name = raw.toString('latin1', 0, 8).trimEnd();
  const extension = raw.toString('latin1', 8, 11).trimEnd();
  return {
    names: [long, extension === '' ? name : `${name}.${extension}`],
    isDirectory: (raw.readUInt8(11) & 0x10) !== 0,
    cluster: raw.readUInt16LE(20) * 2 ** 16 + raw.readUInt16LE(26),
    size: raw.readUInt32LE(28),
  };
}

/** 13 letters of UTF-16, ended by a zero where there are fewer. */
function longPart(raw: Buffer): string {
  const letters = Buffer.concat([raw.subarray(1, 11), raw.subarray(14, 26), raw.subarray(28, 32)]);
  return letters.toString('utf16le').replace(/\0.*$/s, '');
}

const isNamed = ({ names }: Entry, name: string): boolean =>
  names.some((known) => known.toLowerCase() === name.toLowerCase());

/** The upper four bits of an entry of the table are reserved. */
const CLUSTER_BITS = 0x0f_ff_ff_ff;

async function nextCluster({ fat, tableOffset }: Volume, cluster: number): Promise<number> {
  const entry = await readAt(fat, tableOffset + cluster * 4, 4);
  return entry.readUInt32LE(0) & CLUSTER_BITS;
}

/** The first two numbers stand for no cluster; numbers behind the end mean that a file ends. */
const isData = ({ clusters }: Volume, cluster: number): boolean =>
  cluster >= 2 && cluster < clusters + 2;

const clusterOffset = ({ dataOffset, clusterBytes }: Volume, cluster: number): number =>
  dataOffset + (cluster - 2) * clusterBytes;

async function readAt(fat: PositionalFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await fat.read(bytes, position);
  return bytes;
}

function damaged(fat: PositionalFile, what: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', `BOOT (${fat.address}) ${what}`, {
    hint: 'write the disk anew from its image, or restore BOOT: `kubeos inspect` shows what it should hold',
  });
}
