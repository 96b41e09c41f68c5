import type { FileHandle } from 'node:fs/promises';
import { read } from 'node:fs';
import { KubeosError } from '../../../errors.ts';

/** What the first answer of an upstream says of a file. */
export interface ArrivalHead {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

interface Waiter {
  readonly end: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A file that is on its way: one writes, many read what is there and wait for what is not. Its last byte is kept back
 * until the whole was verified, so that nobody ever has a complete file that is wrong.
 */
export class Arrival {
  readonly head: Promise<ArrivalHead | null>;
  readonly #resolveHead: (head: ArrivalHead | null) => void;
  readonly #rejectHead: (error: unknown) => void;
  #file: FileHandle | null = null;
  #known: ArrivalHead | null = null;
  #received = 0;
  #isVerified = false;
  #failure: unknown = null;
  #readers = 1;
  readonly #waiters = new Set<Waiter>();

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<ArrivalHead | null>();
    this.head = promise;
    this.#resolveHead = resolve;
    this.#rejectHead = reject;
    // Whoever waits for it sees the failure; perhaps nobody does any more.
    promise.catch(() => undefined);
  }

  /** The size is known: readers may come. */
  begin(head: ArrivalHead, file: FileHandle): void {
    this.#file = file;
    this.#known = head;
    this.#resolveHead(head);
  }

  /** No server has it. */
  miss(): void {
    this.#resolveHead(null);
  }

  /** So many bytes are in the file. */
  receive(receivedBytes: number): void {
    this.#received = receivedBytes;
    this.#settle();
  }

  complete(): void {
    this.#isVerified = true;
    this.#settle();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.#rejectHead(error);
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  /** @throws what it failed for, as soon as it has; the reason of the signal */
  async read(buffer: Uint8Array, position: number, signal?: AbortSignal): Promise<void> {
    await this.#until(position + buffer.length, signal);
    for (let done = 0; done < buffer.length;) {
      done += await this.#readSome(buffer.subarray(done), position + done);
    }
  }

  /** @returns false where all have left already, and the file is closed */
  join(): boolean {
    if (this.#readers === 0) return false;
    this.#readers += 1;
    return true;
  }

  /** The writer leaves too; the last one closes the file. */
  async leave(): Promise<void> {
    this.#readers -= 1;
    if (this.#readers === 0) await this.#file?.close();
  }

  async #until(end: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (end <= this.#available()) return;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { end, resolve, reject };
    const leave = (): void => reject(signal?.reason);
    this.#waiters.add(waiter);
    signal?.addEventListener('abort', leave);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#waiters.delete(waiter);
    }
  }

  #available(): number {
    const { sizeBytes = 0 } = this.#known ?? {};
    return this.#isVerified ? sizeBytes : Math.min(this.#received, sizeBytes - 1);
  }

  #settle(): void {
    const available = this.#available();
    for (const waiter of this.#waiters) {
      if (waiter.end > available) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #readSome(buffer: Uint8Array, position: number): Promise<number> {
    const { fd = -1 } = this.#file ?? {};
    return new Promise((resolve, reject) => {
      read(fd, buffer, 0, buffer.length, position, (error, count) => {
        if (error !== null) reject(error);
        else if (count > 0) resolve(count);
        else reject(new KubeosError('RELEASE_INVALID', 'a file was cut short meanwhile'));
      });
    });
  }
}
