import { crc32 } from 'node:zlib';
import { SECTOR } from './layout.ts';

/** One of the two copies of a GUID partition table (UEFI specification 2.10, section 5.3); places are in sectors. */
export interface GptTable {
  readonly diskGuid: string;
  readonly ownSector: number;
  readonly otherSector: number;
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entriesSector: number;
  /** By number, from 1; unused entries are left out. */
  readonly entries: ReadonlyMap<number, GptEntry>;
  /** Both checksums are right, and the header says its own place. */
  readonly isValid: boolean;
}

export interface GptEntry {
  readonly typeGuid: string;
  readonly guid: string;
  readonly firstSector: number;
  readonly lastSector: number;
  readonly attributes: bigint;
  readonly name: string;
}

/** Bytes of a disk. May return fewer, or none, behind its end. */
export type ReadDisk = (offsetBytes: number, lengthBytes: number) => Uint8Array;

const NO_TYPE = '00000000-0000-0000-0000-000000000000';
const HEADER_BYTES = 92;

/**
 * The table whose header is in a sector: 1 for the primary, the disk's last for the backup.
 *
 * @returns undefined where there is no header; what is damaged comes with `isValid` false
 */
export function readGpt(readDisk: ReadDisk, headerSector: number): GptTable | undefined {
  const header = bufferOf(readDisk(headerSector * SECTOR, SECTOR));
  if (header.length < SECTOR || header.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
  const entriesSector = sectorAt(header, 72);
  const entrySize = header.readUInt32LE(84);
  const count = header.readUInt32LE(80);
  // Larger tables are allowed, but nobody writes them; damaged numbers must not be believed.
  const length = Math.min(entrySize * count, 2 ** 20);
  const table = bufferOf(readDisk(entriesSector * SECTOR, length));
  const isValid =
    sectorAt(header, 24) === headerSector &&
    headerChecksum(header) === header.readUInt32LE(16) &&
    crc32(table) === header.readUInt32LE(88);
  return {
    diskGuid: guidAt(header, 56),
    ownSector: sectorAt(header, 24),
    otherSector: sectorAt(header, 32),
    firstUsable: sectorAt(header, 40),
    lastUsable: sectorAt(header, 48),
    entriesSector,
    entries: readEntries(table, entrySize),
    isValid,
  };
}

/** The checksum is taken with its own field at zero. */
function headerChecksum(header: Buffer): number {
  const signed = Buffer.from(header.subarray(0, HEADER_BYTES));
  signed.writeUInt32LE(0, 16);
  return crc32(signed);
}

function readEntries(table: Buffer, entrySize: number): ReadonlyMap<number, GptEntry> {
  const entries = new Map<number, GptEntry>();
  if (entrySize < 128) return entries;
  for (let number = 1; number * entrySize <= table.length; number += 1) {
    const entry = table.subarray((number - 1) * entrySize, number * entrySize);
    if (guidAt(entry, 0) !== NO_TYPE) entries.set(number, readEntry(entry));
  }
  return entries;
}

function readEntry(entry: Buffer): GptEntry {
  return {
    typeGuid: guidAt(entry, 0),
    guid: guidAt(entry, 16),
    firstSector: sectorAt(entry, 32),
    lastSector: sectorAt(entry, 40),
    attributes: entry.readBigUInt64LE(48),
    name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
  };
}

/** The first three fields of a GUID are little-endian (UEFI specification, appendix A). */
function guidAt(bytes: Buffer, offset: number): string {
  const raw = Buffer.from(bytes.subarray(offset, offset + 16));
  raw.subarray(0, 4).reverse();
  raw.subarray(4, 6).reverse();
  raw.subarray(6, 8).reverse();
  const hex = raw.toString('hex').toUpperCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Damaged numbers beyond 2^53 lose precision, and fit no disk either way. */
function sectorAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
