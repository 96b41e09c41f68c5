import { open, type FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../byte-range.ts';

const READ_AHEAD_BYTES = 64 * 1024;

/** Reads short runs of a byte range by position, with some read-ahead; dispose of it when done. */
export class RangeReader implements AsyncDisposable {
  readonly range: ByteRange;
  readonly #file: FileHandle;
  /** One for all reads: a new one for each would keep the garbage collector busy longer than the disk. */
  #memory = Buffer.alloc(READ_AHEAD_BYTES);
  #buffer = this.#memory.subarray(0, 0);
  #start = 0;

  constructor(file: FileHandle, range: ByteRange) {
    this.#file = file;
    this.range = range;
  }

  /**
   * Bytes that stay as they are until the next call.
   * @throws RangeError when the range ends before
   */
  async read(position: number, length: number): Promise<Buffer> {
    if (position + length > this.range.length) throw new RangeError('it ends too early');
    if (position < this.#start || position + length > this.#start + this.#buffer.length) {
      await this.#fill(position, Math.max(length, READ_AHEAD_BYTES));
    }
    const from = position - this.#start;
    return this.#buffer.subarray(from, from + length);
  }

  async #fill(position: number, wanted: number): Promise<void> {
    const length = Math.min(wanted, this.range.length - position);
    if (length > this.#memory.length) this.#memory = Buffer.alloc(length);
    const buffer = this.#memory.subarray(0, length);
    let done = 0;
    while (done < length) {
      const at = this.range.offset + position + done;
      const { bytesRead } = await this.#file.read(buffer, done, length - done, at);
      if (bytesRead === 0) throw new RangeError('it ends too early');
      done += bytesRead;
    }
    this.#buffer = buffer;
    this.#start = position;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

export async function openRange(range: ByteRange): Promise<RangeReader> {
  return new RangeReader(await open(range.path), range);
}
