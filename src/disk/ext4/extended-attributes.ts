import type { ByteString } from '../tar/byte-string.ts';

/** Values by whole name, such as `security.capability`. */
export type ExtendedAttributes = ReadonlyMap<ByteString, Uint8Array>;

/** Linux, fs/ext4/xattr.h: what stands for the beginning of a name. */
const PREFIXES = [
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
] as const;

const MAGIC = 0xea_02_00_00;
const ENTRY_BYTES = 16;
const BLOCK_HEAD_BYTES = 32;

interface Attribute {
  readonly index: number;
  readonly name: Buffer;
  readonly value: Buffer;
}

/** @throws RangeError for a name that ext4 does not keep */
export function parseAttributes(attributes: ExtendedAttributes): readonly Attribute[] {
  return [...attributes]
    .map(([name, value]) => attributeOf(name, Buffer.from(value)))
    .toSorted(
      (a, b) =>
        a.index - b.index || a.name.length - b.name.length || Buffer.compare(a.name, b.name),
    );
}

function attributeOf(name: ByteString, value: Buffer): Attribute {
  const found = PREFIXES.find(([prefix]) => name.startsWith(prefix));
  if (found === undefined) throw new RangeError(`the extended attribute ${name} is not supported`);
  const [prefix, index] = found;
  const rest = Buffer.from(name.slice(prefix.length), 'latin1');
  if (rest.length > 0 && rest.length < 256) return { index, name: rest, value };
  throw new RangeError('the name of an extended attribute is empty or too long');
}

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Writes them behind the fields of an inode. @returns false where they do not fit */
export function writeInInode(room: Buffer, attributes: readonly Attribute[]): boolean {
  if (attributes.length === 0) return true;
  if (4 + bytesOf(attributes) > room.length) return false;
  room.writeUInt32LE(MAGIC, 0);
  // Values are placed from the first entry on; hashes are for those in blocks.
  writeEntries(room.subarray(4), attributes, { start: 0, isHashed: false });
  return true;
}

/** A block of its own for them. @throws RangeError where they do not fit into one either */
export function attributeBlock(attributes: readonly Attribute[], blockBytes: number): Buffer {
  if (BLOCK_HEAD_BYTES + bytesOf(attributes) > blockBytes) {
    throw new RangeError('a file has too many extended attributes');
  }
  const block = Buffer.alloc(blockBytes);
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt32LE(1, 4);
  block.writeUInt32LE(1, 8);
  writeEntries(block, attributes, { start: BLOCK_HEAD_BYTES, isHashed: true });
  return block;
}

/** Four zero bytes end the entries. */
function bytesOf(attributes: readonly Attribute[]): number {
  const each = attributes.map(
    ({ name, value }) => ENTRY_BYTES + padded(name.length) + padded(value.length),
  );
  return each.reduce((sum, bytes) => sum + bytes, 4);
}

/** Entries from the front, values from the back. */
function writeEntries(
  into: Buffer,
  attributes: readonly Attribute[],
  { start, isHashed }: { readonly start: number; readonly isHashed: boolean },
): void {
  let at = start;
  let valueAt = into.length;
  for (const { index, name, value } of attributes) {
    valueAt -= padded(value.length);
    into.set(value, valueAt);
    into.writeUInt8(name.length, at);
    into.writeUInt8(index, at + 1);
    into.writeUInt16LE(value.length === 0 ? 0 : valueAt, at + 2);
    into.writeUInt32LE(value.length, at + 8);
    into.writeUInt32LE(isHashed ? hashOf(name, value) : 0, at + 12);
    into.set(name, at + ENTRY_BYTES);
    at += ENTRY_BYTES + padded(name.length);
  }
}

/** Linux, fs/ext4/xattr.c, ext4_xattr_hash_entry. */
function hashOf(name: Buffer, value: Buffer): number {
  let hash = 0;
  for (const byte of name) hash = ((hash << 5) ^ (hash >>> 27) ^ byte) >>> 0;
  const words = Buffer.alloc(padded(value.length));
  words.set(value);
  for (let at = 0; at < words.length; at += 4) {
    hash = ((hash << 16) ^ (hash >>> 16) ^ words.readUInt32LE(at)) >>> 0;
  }
  return hash;
}
