import type { ByteString } from './byte-string.ts';

export const BLOCK_BYTES = 512;

/** The fields of one 512-byte header, as they stand in it; long names and the like are not yet applied. */
export interface TarHeader {
  readonly name: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeFlag: string;
  readonly linkName: ByteString;
  readonly major: number;
  readonly minor: number;
}

/** @throws RangeError saying which field is wrong */
export function decodeHeader(block: Buffer): TarHeader {
  checkSum(block);
  return {
    name: nameOf(block),
    mode: numberAt(block, 100, 8),
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    size: numberAt(block, 124, 12),
    mtime: numberAt(block, 136, 12),
    typeFlag: block.toString('latin1', 156, 157),
    linkName: textAt(block, 157, 100),
    major: numberAt(block, 329, 8),
    minor: numberAt(block, 337, 8),
  };
}

/** The prefix is POSIX ustar's alone: GNU keeps times there, and star keeps them behind its first 131 bytes. */
function nameOf(block: Buffer): ByteString {
  const name = textAt(block, 0, 100);
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = textAt(block, 345, isStar ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(block: Buffer, offset: number, length: number): ByteString {
  const text = block.toString('latin1', offset, offset + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** Octal digits (POSIX), or a big-endian two's complement number after a set top bit (GNU). */
export function numberAt(block: Buffer, offset: number, length: number): number {
  const first = block.readUInt8(offset);
  if (first >= 0x80) return base256At(block.subarray(offset, offset + length));
  const digits = textAt(block, offset, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new RangeError(`${digits} is not an octal number`);
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function base256At(field: Buffer): number {
  const bits = 8 * field.length;
  const value = BigInt(`0x${field.toString('hex')}`);
  const isNegative = field.readUInt8(0) >= 0xc0;
  const signed = isNegative ? value - (1n << BigInt(bits)) : value - (1n << BigInt(bits - 1));
  const number = Number(signed);
  if (!Number.isSafeInteger(number)) throw new RangeError('a number is too large');
  return number;
}

function checkSum(block: Buffer): void {
  const stored = numberAt(block, 148, 8);
  const { unsigned, signed } = sumsOf(block);
  // Old tars summed signed characters; both are accepted, as every reader does.
  if (stored !== unsigned && stored !== signed) throw new RangeError('the header sum is wrong');
}

function sumsOf(block: Buffer): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 0;
  let signed = 0;
  for (const [position, byte] of block.entries()) {
    const counted = position >= 148 && position < 156 ? 0x20 : byte;
    unsigned += counted;
    signed += counted < 0x80 ? counted : counted - 0x100;
  }
  return { unsigned, signed };
}

/** A ustar header; numbers that do not fit are written as 0 and must stand in a pax record before it. */
export function encodeHeader(header: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(header.name.slice(0, 100), 0, 'latin1');
  writeOctal(block, header.mode, { offset: 100, digits: 7 });
  writeOctal(block, header.uid, { offset: 108, digits: 7 });
  writeOctal(block, header.gid, { offset: 116, digits: 7 });
  writeOctal(block, header.size, { offset: 124, digits: 11 });
  writeOctal(block, header.mtime, { offset: 136, digits: 11 });
  block.write(header.typeFlag, 156, 'latin1');
  block.write(header.linkName.slice(0, 100), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, header.major, { offset: 329, digits: 7 });
  writeOctal(block, header.minor, { offset: 337, digits: 7 });
  block.write(`${octal(sumsOf(block).unsigned, 6)}\0 `, 148, 'latin1');
  return block;
}

export function fitsOctal(value: number, digits: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < 8 ** digits;
}

function writeOctal(
  block: Buffer,
  value: number,
  field: { readonly offset: number; readonly digits: number },
): void {
  const written = fitsOctal(value, field.digits) ? value : 0;
  block.write(octal(written, field.digits), field.offset, 'latin1');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
