/** Lengths that content-defined chunks of an image may have, in bytes. */
export interface ChunkSizes {
  readonly min: number;
  /** A power of two. */
  readonly average: number;
  readonly max: number;
}

/**
 * Where the chunk ends that begins at `start`: behind the first byte where a gear hash of the last 32 bytes has as many
 * leading zeros as the average length asks for. The same bytes end alike wherever they stand (FastCDC, Xia et al. 2016).
 *
 * @returns an index in `bytes`; its end, where no boundary comes before
 */
export function chunkEnd(bytes: Uint8Array, start: number, { min, average, max }: ChunkSizes) {
  const shift = 32 - Math.log2(average);
  const end = Math.min(bytes.length, start + max);
  let hash = 0;
  for (let at = Math.min(end, start + Math.max(0, min - 32)); at < end; at += 1) {
    hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if (hash >>> shift === 0 && at + 1 >= start + min) return at + 1;
  }
  return end;
}

/** 256 numbers without pattern, the same for ever: xorshift32 (Marsaglia 2003). */
const GEAR = ((): Int32Array => {
  const table = new Int32Array(256);
  let state = 0x6b756265; // "kube"
  return table.map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
})();
