import { hash } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import { MIB } from '../layout.ts';

/** Writes bytes of an image where they belong. They may change once it has returned. */
export type WriteImage = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * An image that is written from front to back, each MiB once, and the first one last: until then there is no file system.
 * What was written is known by its hashes, so that it can be read back and compared.
 */
export class ImageStream {
  readonly #write: WriteImage;
  readonly #capacity: number;
  readonly #first = Buffer.alloc(MIB);
  #current: Buffer = this.#first;
  #position = 0;
  readonly #hashes: Buffer[] = [];

  constructor(write: WriteImage, capacity: number) {
    this.#write = write;
    this.#capacity = capacity;
  }

  /** Bytes until now. */
  get position(): number {
    return this.#position;
  }

  /** @throws KubeosError NO_SPACE where so many more bytes would not fit */
  assertRoom(bytes: number): void {
    if (this.#position + bytes <= this.#capacity) return;
    throw new KubeosError(
      'NO_SPACE',
      `what is in it does not fit into a root partition of ${this.#capacity} bytes`,
      { hint: 'make it smaller, or install the node anew with larger root partitions' },
    );
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.assertRoom(bytes.length);
    for (let done = 0; done < bytes.length;) {
      const at = this.#position % MIB;
      const part = bytes.subarray(done, done + MIB - at);
      this.#current.set(part, at);
      done += part.length;
      this.#position += part.length;
      if (this.#position % MIB === 0) await this.#next();
    }
  }

  /** Fills up with zeros. */
  async alignTo(bytes: number): Promise<void> {
    const over = this.#position % bytes;
    if (over > 0) await this.append(Buffer.alloc(bytes - over));
  }

  /** @returns the SHA-256 of each MiB, and of what is left, in order */
  async finish(head: Uint8Array): Promise<readonly Uint8Array[]> {
    const left = this.#position % MIB;
    if (left > 0 && this.#current !== this.#first) await this.#put(left);
    this.#first.set(head);
    const first = this.#first.subarray(0, Math.min(MIB, this.#position));
    await this.#write(first, 0);
    this.#hashes[0] = hash('sha256', first, 'buffer');
    return this.#hashes;
  }

  async #next(): Promise<void> {
    if (this.#current === this.#first) this.#current = Buffer.alloc(MIB);
    else await this.#put(MIB);
  }

  async #put(length: number): Promise<void> {
    const bytes = this.#current.subarray(0, length);
    const position = this.#position - length;
    await this.#write(bytes, position);
    this.#hashes[position / MIB] = hash('sha256', bytes, 'buffer');
  }
}
