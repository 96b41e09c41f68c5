/** Bytes of the longest: seven bits each, 53 bits in all. */
export const MAX_VARINT_BYTES = 8;

export interface Varint {
  readonly value: number;
  /** Where the next one begins. */
  readonly end: number;
}

/** Unsigned LEB128 (DWARF 5, 7.6), least significant bits first, of an integer from 0 to 2^53 - 1. */
export function encodeVarint(value: number): readonly number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no varint`);
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = rest % 128;
    rest = (rest - low) / 128;
    if (rest === 0) return [...bytes, low];
    bytes.push(low + 128);
  }
}

/** @returns null where none begins: cut short, above 2^53 - 1, or longer than it need be */
export function decodeVarint(bytes: Uint8Array, start: number): Varint | null {
  let value = 0;
  for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return null;
    value += (byte & 127) * 128 ** index;
    if (byte >= 128) continue;
    const isShortest = byte !== 0 || index === 0;
    return isShortest && Number.isSafeInteger(value) ? { value, end: start + index + 1 } : null;
  }
  return null;
}

/** A signed integer as an unsigned one: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

export const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
