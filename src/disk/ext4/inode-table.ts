import { INODE_BYTES } from './inode.ts';

/** Those before are ext4's own. */
export const FIRST_INODE = 11;
export const ROOT_INODE = 2;
const PER_CHUNK = 256;

/** Inodes as they will stand on the disk, by number, from 1. Memory grows with how many there are. */
export class InodeTable {
  readonly #chunks: Buffer[] = [];
  readonly #most: number;
  #count = FIRST_INODE - 1;

  constructor(most: number) {
    this.#most = most;
    this.#grow();
  }

  get count(): number {
    return this.#count;
  }

  /** @returns the number of a new one @throws RangeError */
  add(): number {
    if (this.#count >= this.#most) throw new RangeError(`it has more than ${this.#most} members`);
    this.#count += 1;
    this.#grow();
    return this.#count;
  }

  at(number: number): Buffer {
    const index = number - 1;
    const chunk = this.#chunks[Math.floor(index / PER_CHUNK)];
    if (chunk === undefined) throw new Error(`there is no inode ${number}`);
    const start = (index % PER_CHUNK) * INODE_BYTES;
    return chunk.subarray(start, start + INODE_BYTES);
  }

  /** All of them, in order, a chunk at a time. */
  *bytes(): Generator<Buffer> {
    let left = this.#count * INODE_BYTES;
    for (const chunk of this.#chunks) {
      yield chunk.subarray(0, Math.min(left, chunk.length));
      left -= Math.min(left, chunk.length);
    }
  }

  #grow(): void {
    while (this.#chunks.length * PER_CHUNK < this.#count) {
      this.#chunks.push(Buffer.alloc(PER_CHUNK * INODE_BYTES));
    }
  }
}
