import { read, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { Representation } from './plan-answer.ts';

/** A read that took longer waited for a disk. */
const SLOW_MS = 2;

/** For so long after a slow read, reads leave the thread that serves everybody. */
const COLD_MS = 1_000;

/** An open file that several answers read at once: the last one to let go closes it. */
export class SharedFile {
  readonly facts: Representation;
  /** What `identify` says of it. */
  readonly identity: string;
  readonly #handle: FileHandle;
  /** All of it, where it is small and was read anyway. */
  readonly #bytes: Buffer | null;
  #users = 1;
  #coldUntilMs = 0;

  constructor(
    handle: FileHandle,
    facts: Representation,
    { identity, bytes }: { readonly identity: string; readonly bytes: Buffer | null },
  ) {
    this.#handle = handle;
    this.facts = facts;
    this.identity = identity;
    this.#bytes = bytes;
  }

  join(): this {
    this.#users += 1;
    return this;
  }

  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users === 0) await this.#handle.close();
  }

  /**
   * What lies in memory is read at once: to hand it to another thread costs more than the reading. A read that had to
   * wait for the disk makes the next ones go to other threads.
   */
  read(buffer: Buffer, position: number): Promise<void> | undefined {
    if (this.#bytes !== null) {
      this.#bytes.copy(buffer, 0, position, position + buffer.length);
      return undefined;
    }
    const beganMs = performance.now();
    if (beganMs < this.#coldUntilMs) return this.#readElsewhere(buffer, position);
    const count = readSync(this.#handle.fd, buffer, 0, buffer.length, position);
    const endedMs = performance.now();
    if (endedMs - beganMs > SLOW_MS) this.#coldUntilMs = endedMs + COLD_MS;
    return count === buffer.length
      ? undefined
      : this.#readElsewhere(buffer.subarray(count), position + count);
  }

  async #readElsewhere(buffer: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < buffer.length;) {
      const count = await readSome(this.#handle.fd, buffer.subarray(done), position + done);
      if (count === 0) throw new KubeosError('RELEASE_INVALID', 'a file was cut short meanwhile');
      done += count;
    }
  }
}

/** By fs.read and not by the handle's own, which costs twice as much. */
function readSome(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
