import { readSync } from 'node:fs';

/** An image of which a stretch at a time is in memory. */
export interface ImageBytes {
  readonly size: number;
  /** At most 1 MiB of it; valid until the next call. Less where the image ends. */
  readonly read: (offset: number, length: number) => Uint8Array;
}

const WINDOW_BYTES = 2 ** 21;

/** Reads synchronously: what it is for asks for a few bytes at a time, mostly from what was read last. */
export function imageBytes(file: number, size: number): ImageBytes {
  const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  let start = 0;
  let end = 0;
  const load = (offset: number): void => {
    start = offset;
    end = offset;
    while (end < Math.min(size, start + WINDOW_BYTES)) {
      const read = readSync(file, window, end - start, WINDOW_BYTES - (end - start), end);
      if (read === 0) throw new Error(`the image ends at byte ${end} of ${size}`);
      end += read;
    }
  };
  return {
    size,
    read(offset, length) {
      const wanted = Math.min(offset + length, size);
      if (offset < start || wanted > end) {
        // Somebody who walks backwards will ask for what lies before it next.
        load(offset < start ? Math.max(0, wanted - WINDOW_BYTES) : offset);
      }
      return window.subarray(offset - start, wanted - start);
    },
  };
}

const STEP = 2 ** 16;

/** A place in an image. */
export interface ImagePlace {
  readonly image: ImageBytes;
  readonly offset: number;
}

/** How many bytes are the same from both places on, at most `limit`. The two are not the same object. */
export function commonAfter(a: ImagePlace, b: ImagePlace, limit: number): number {
  const most = Math.min(limit, a.image.size - a.offset, b.image.size - b.offset);
  for (let done = 0; done < most; done += STEP) {
    const length = Math.min(STEP, most - done);
    const left = a.image.read(a.offset + done, length);
    const right = b.image.read(b.offset + done, length);
    if (!isSame(left, right)) return done + sameAtStart(left, right);
  }
  return most;
}

/** How many bytes are the same before both places, at most `limit`. */
export function commonBefore(a: ImagePlace, b: ImagePlace, limit: number): number {
  const most = Math.min(limit, a.offset, b.offset);
  for (let done = 0; done < most; done += STEP) {
    const length = Math.min(STEP, most - done);
    const left = a.image.read(a.offset - done - length, length);
    const right = b.image.read(b.offset - done - length, length);
    if (!isSame(left, right)) return done + sameAtEnd(left, right);
  }
  return most;
}

const isSame = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

/** Of two that differ: by halving, as comparing memory is far quicker than looking at bytes one by one. */
function sameAtStart(left: Uint8Array, right: Uint8Array): number {
  let [same, different] = [0, left.length];
  while (different - same > 1) {
    const middle = (same + different) >>> 1;
    if (isSame(left.subarray(same, middle), right.subarray(same, middle))) same = middle;
    else different = middle;
  }
  return same;
}

function sameAtEnd(left: Uint8Array, right: Uint8Array): number {
  let [different, same] = [0, left.length];
  while (same - different > 1) {
    const middle = (different + same) >>> 1;
    if (isSame(left.subarray(middle, same), right.subarray(middle, same))) same = middle;
    else different = middle;
  }
  return left.length - same;
}
