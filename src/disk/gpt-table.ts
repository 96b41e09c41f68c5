import { crc32 } from 'node:zlib';
import { SECTOR, type DiskLayout, type Partition } from './layout.ts';

/** A GUID partition table as bytes (UEFI specification 2.10, sections 5.2 and 5.3), for a disk of 512-byte sectors. */
export interface GptBytes {
  /** Sector 0. Without it no firmware, and no Linux, takes the disk for one with this table. */
  readonly protectiveMbr: Uint8Array;
  /** From sector 1 on: header and entries. */
  readonly primary: Uint8Array;
  /** The last sectors of the disk: entries and header. */
  readonly backup: Uint8Array;
}

const ENTRIES = 128;
const ENTRY_BYTES = 128;
const ENTRY_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR;
/** Sectors of one copy. */
export const GPT_SECTORS = 1 + ENTRY_SECTORS;

/** @param diskBytes of the whole disk; the backup lies at its end */
export function gptBytes(layout: DiskLayout, diskBytes: number): GptBytes {
  const sectors = Math.floor(diskBytes / SECTOR);
  const entries = entryBytes(layout.partitions);
  const last = sectors - 1;
  const own = { diskGuid: layout.diskGuid, entries, lastUsable: last - GPT_SECTORS };
  const primary = headerBytes({ ...own, ownSector: 1, otherSector: last, entriesSector: 2 });
  const backup = headerBytes({
    ...{ ...own, ownSector: last, otherSector: 1, entriesSector: last - ENTRY_SECTORS },
  });
  return {
    protectiveMbr: protectiveMbr(sectors),
    primary: Buffer.concat([primary, entries]),
    backup: Buffer.concat([entries, backup]),
  };
}

/** One partition of type EE over the whole disk, so that old programs see no free room (section 5.2.3). */
function protectiveMbr(sectors: number): Buffer {
  const mbr = Buffer.alloc(SECTOR);
  const entry = mbr.subarray(446);
  entry.set([0x00, 0x00, 0x02, 0x00, 0xee, ...lastCylinder(sectors - 1)]);
  entry.writeUInt32LE(1, 8);
  entry.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), 12);
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

/** The last sector as head, sector and cylinder of the geometry that everybody assumes; all ones where it has no such place. */
function lastCylinder(lastSector: number): number[] {
  const cylinder = Math.floor(lastSector / (HEADS * TRACK_SECTORS));
  if (cylinder > 1023) return [0xff, 0xff, 0xff];
  const head = Math.floor(lastSector / TRACK_SECTORS) % HEADS;
  const sector = (lastSector % TRACK_SECTORS) + 1;
  return [head, sector | ((cylinder >> 2) & 0xc0), cylinder & 0xff];
}

const HEADS = 255;
const TRACK_SECTORS = 63;

interface Header {
  readonly diskGuid: string;
  readonly entries: Uint8Array;
  readonly lastUsable: number;
  readonly ownSector: number;
  readonly otherSector: number;
  readonly entriesSector: number;
}

function headerBytes(header: Header): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('EFI PART', 'latin1');
  bytes.writeUInt32LE(0x1_0000, 8);
  bytes.writeUInt32LE(HEADER_BYTES, 12);
  bytes.writeBigUInt64LE(BigInt(header.ownSector), 24);
  bytes.writeBigUInt64LE(BigInt(header.otherSector), 32);
  bytes.writeBigUInt64LE(BigInt(1 + GPT_SECTORS), 40);
  bytes.writeBigUInt64LE(BigInt(header.lastUsable), 48);
  bytes.set(guidBytes(header.diskGuid), 56);
  bytes.writeBigUInt64LE(BigInt(header.entriesSector), 72);
  bytes.writeUInt32LE(ENTRIES, 80);
  bytes.writeUInt32LE(ENTRY_BYTES, 84);
  bytes.writeUInt32LE(crc32(header.entries), 88);
  // Taken with its own field at zero.
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_BYTES)), 16);
  return bytes;
}

const HEADER_BYTES = 92;

function entryBytes(partitions: readonly Partition[]): Buffer {
  const table = Buffer.alloc(ENTRIES * ENTRY_BYTES);
  for (const partition of partitions) {
    const entry = table.subarray((partition.number - 1) * ENTRY_BYTES);
    const firstSector = BigInt(partition.startBytes / SECTOR);
    entry.set(guidBytes(partition.typeGuid));
    entry.set(guidBytes(partition.guid), 16);
    entry.writeBigUInt64LE(firstSector, 32);
    entry.writeBigUInt64LE(firstSector + BigInt(partition.sizeBytes / SECTOR) - 1n, 40);
    entry.writeBigUInt64LE(attributesOf(partition), 48);
    entry.write(partition.label, 56, 'utf16le');
  }
  return table;
}

/** The 64 bits as the table holds them. */
export function attributesOf({ attributeBits }: Partition): bigint {
  return attributeBits.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n);
}

/** The first three fields of a GUID are little-endian (appendix A). */
function guidBytes(guid: string): Buffer {
  const raw = Buffer.from(guid.replaceAll('-', ''), 'hex');
  raw.subarray(0, 4).reverse();
  raw.subarray(4, 6).reverse();
  raw.subarray(6, 8).reverse();
  return raw;
}
