import { SECTOR } from './layout.ts';

/** A file or folder in a folder. */
export interface FatEntry {
  readonly name: string;
  readonly cluster: number;
  /** Bytes; null for a folder. */
  readonly size: number | null;
}

/** What stands before the entries: the label in the root, in other folders the ways to itself and up (0: to the root). */
export type FolderHead =
  | { readonly kind: 'root'; readonly label: string }
  | { readonly kind: 'folder'; readonly self: number; readonly parent: number };

const ENTRY_BYTES = 32;
const FOLDER = 0x10;
const LABEL = 0x08;
/** Marks a part of a long name, for programs that know none. */
const LONG = 0x0f;
const LONG_LETTERS = 13;

/** Bytes of a folder with these names: whole clusters of one sector. */
export function folderBytes(names: readonly string[], head: FolderHead['kind']): number {
  const entries = names.reduce((sum, name) => sum + 1 + longParts(name), head === 'root' ? 1 : 2);
  return Math.ceil((entries * ENTRY_BYTES) / SECTOR) * SECTOR;
}

/** A folder (FAT file system specification 1.03, "FAT Directory Structure"). Times are written as UTC. */
export function encodeFolder(
  entries: readonly FatEntry[],
  head: FolderHead,
  time: Date,
): Uint8Array {
  const names = entries.map(({ name }) => name);
  const bytes = Buffer.alloc(folderBytes(names, head.kind));
  const records = [
    ...headRecords(head),
    ...entries.flatMap((entry, index) => recordsOf(entry, index + 1)),
  ];
  records.forEach((record, index) => {
    if (record.readUInt8(11) !== LONG) writeTime(record, time);
    record.copy(bytes, index * ENTRY_BYTES);
  });
  return bytes;
}

function headRecords(head: FolderHead): Buffer[] {
  if (head.kind === 'root') return [record(head.label.padEnd(11), LABEL, { cluster: 0, size: 0 })];
  return [
    record('.'.padEnd(11), FOLDER, { cluster: head.self, size: 0 }),
    record('..'.padEnd(11), FOLDER, { cluster: head.parent, size: 0 }),
  ];
}

/** @param number tells the short names of this folder's long ones apart */
function recordsOf({ name, cluster, size }: FatEntry, number: number): Buffer[] {
  const attributes = size === null ? FOLDER : 0x20;
  const short = shortName(name) ?? `KUB~${number}`.padEnd(8) + '   ';
  return [...longRecords(name, short), record(short, attributes, { cluster, size: size ?? 0 })];
}

const PLAIN = /^([A-Z0-9_-]{1,8})(?:\.([A-Z0-9_-]{1,3}))?$/;

/** Eight letters and three, in upper case; undefined for a name that has no such form, or might be a long one's short name. */
function shortName(name: string): string | undefined {
  const [, base, extension = ''] = PLAIN.exec(name) ?? [];
  return base === undefined ? undefined : base.padEnd(8) + extension.padEnd(3);
}

function record(
  name: string,
  attributes: number,
  { cluster, size }: { readonly cluster: number; readonly size: number },
): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.write(name, 'latin1');
  bytes.writeUInt8(attributes, 11);
  bytes.writeUInt16LE(cluster >>> 16, 20);
  bytes.writeUInt16LE(cluster & 0xffff, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

const longParts = (name: string): number =>
  shortName(name) === undefined ? Math.ceil(name.length / LONG_LETTERS) : 0;

/** The last part comes first, and each carries a sum of the short name that it belongs to. */
function longRecords(name: string, short: string): Buffer[] {
  const count = longParts(name);
  const sum = shortSum(short);
  return Array.from({ length: count }, (_, index) => {
    const number = count - index;
    const bytes = Buffer.alloc(ENTRY_BYTES);
    bytes.writeUInt8(index === 0 ? number | 0x40 : number);
    bytes.writeUInt8(LONG, 11);
    bytes.writeUInt8(sum, 13);
    const letters = longLetters(name, number - 1);
    letters.copy(bytes, 1, 0, 10);
    letters.copy(bytes, 14, 10, 22);
    letters.copy(bytes, 28, 22, 26);
    return bytes;
  });
}

/** UTF-16; a name that ends inside its part is ended by a zero, and filled up with ones. */
function longLetters(name: string, part: number): Buffer {
  const letters = Buffer.alloc(2 * LONG_LETTERS, 0xff);
  const text = name.slice(part * LONG_LETTERS, (part + 1) * LONG_LETTERS);
  letters.write(text.length < LONG_LETTERS ? `${text}\0` : text, 'utf16le');
  return letters;
}

function shortSum(short: string): number {
  return [...Buffer.from(short, 'latin1')].reduce(
    (sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff,
    0,
  );
}

/** Of creation, access and change. Years are counted from 1980. */
function writeTime(bytes: Buffer, time: Date): void {
  const year = Math.max(0, time.getUTCFullYear() - 1980);
  const date = (year << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock =
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  for (const offset of [14, 22]) bytes.writeUInt16LE(clock, offset);
  for (const offset of [16, 18, 24]) bytes.writeUInt16LE(date, offset);
}
