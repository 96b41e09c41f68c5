import { decodeName } from '../tree/file-node.ts';

export interface ErofsEntry {
  readonly name: string;
  readonly node: number;
}

const ENTRY_BYTES = 12;

/** The entries of a directory, without "." and ".."; each block begins with its entries, their names follow. */
export function parseErofsDirectory(content: Buffer, blockSize: number): ErofsEntry[] {
  const entries: ErofsEntry[] = [];
  for (let block = 0; block < content.length; block += blockSize) {
    entries.push(...parseBlock(content.subarray(block, block + blockSize)));
  }
  return entries;
}

function parseBlock(block: Buffer): ErofsEntry[] {
  if (block.length < ENTRY_BYTES) return [];
  // The first name begins where the entries end.
  const count = Math.floor(block.readUInt16LE(8) / ENTRY_BYTES);
  return Array.from({ length: count }, (_, index) => parseEntry(block, index, count)).filter(
    ({ name }) => name !== '' && name !== '.' && name !== '..',
  );
}

function parseEntry(block: Buffer, index: number, count: number): ErofsEntry {
  const at = index * ENTRY_BYTES;
  const from = block.readUInt16LE(at + 8);
  const to = index + 1 < count ? block.readUInt16LE(at + ENTRY_BYTES + 8) : block.length;
  const bytes = block.subarray(from, to);
  const end = bytes.indexOf(0);
  return {
    name: decodeName(end === -1 ? bytes : bytes.subarray(0, end)),
    node: Number(block.readBigUInt64LE(at)),
  };
}
