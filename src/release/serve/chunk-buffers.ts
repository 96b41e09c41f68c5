/** Sizes of buffers, in bytes: most ranges are small, and a slow client holds one buffer all the time. */
const SIZES = [2 ** 16, 2 ** 18] as const;

/** Free buffers that are kept of each size. */
const MOST_FREE = 64;

const free = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]));

/** The most that is read and sent in one go; bytes. */
export const CHUNK_BYTES = SIZES[1];

/**
 * A buffer for so many bytes, or for a chunk where they are more. Memory that was just used is in the CPU's cache and
 * needs no new pages: to allocate for each range costs as much as to read it.
 */
export function takeBuffer(bytes: number): Buffer {
  const size = bytes <= SIZES[0] ? SIZES[0] : SIZES[1];
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** Only when nobody reads it any more. */
export function giveBuffer(buffer: Buffer): void {
  const list = free.get(buffer.length);
  if (list !== undefined && list.length < MOST_FREE) list.push(buffer);
}
