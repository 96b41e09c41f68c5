import type { Duplex } from 'node:stream';
import { KubeosError } from '../errors.ts';
import { BLOCK_BYTES } from '../release/block-table.ts';
import { freeBytes } from '../release/free-bytes.ts';

/** One message: what it says, as JSON, and the bytes that it carries. */
export interface Message {
  readonly says: unknown;
  /** Up to a block they are valid until the message after the next that has some is asked for. */
  readonly bytes: Uint8Array;
}

/** The block tables of an image of 40 GiB and its base, in base64; nothing longer is read. */
export const MAX_SAYS_BYTES = 4 * 2 ** 20;
/** A block, or a file of metadata. */
export const MAX_CARRIED_BYTES = 4 * 2 ** 20;
const HEAD_BYTES = 8;

/**
 * Messages in both directions over one socket: two lengths (u32, little-endian), JSON, bytes. What the other side sends is
 * believed in nothing but its lengths, and those only within their limits.
 */
export class MessagePipe {
  readonly #socket: Duplex;
  readonly #chunks: AsyncIterator<unknown>;
  #chunk: Buffer = Buffer.alloc(0);
  /** So much of it is taken. */
  #at = 0;
  /** One is the reader's, one is being filled. */
  readonly #blocks = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)];
  #turn = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    // Told by the next `send` or `next`: an error that nobody listens for would end the process.
    socket.on('error', () => undefined);
    const chunks: AsyncIterable<unknown> = socket;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Returns when the kernel has all of it: then the bytes may change. */
  async send(says: unknown, bytes: Uint8Array = NO_BYTES): Promise<void> {
    const text = Buffer.from(JSON.stringify(says));
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(text.length, 0);
    head.writeUInt32LE(bytes.length, 4);
    const sent = Promise.withResolvers<void>();
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(text);
    this.#socket.write(bytes, (error) => (error ? sent.reject(error) : sent.resolve()));
    this.#socket.uncork();
    await sent.promise;
  }

  /** @returns null when the other side has ended. @throws KubeosError INTERNAL for what is no message */
  async next(): Promise<Message | null> {
    const head = Buffer.alloc(HEAD_BYTES);
    if (!(await this.#fill(head, { mayEnd: true }))) return null;
    const [saysBytes, carriedBytes] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (saysBytes > MAX_SAYS_BYTES || carriedBytes > MAX_CARRIED_BYTES) throw broken('is too long');
    const text = Buffer.alloc(saysBytes);
    await this.#fill(text);
    const bytes = this.#room(carriedBytes);
    await this.#fill(bytes);
    return { says: parse(text), bytes };
  }

  /** Bytes stay as they are while other messages without any come. */
  #room(length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    if (length > BLOCK_BYTES) return Buffer.alloc(length);
    this.#turn = 1 - this.#turn;
    return (this.#blocks[this.#turn] ?? NO_BYTES).subarray(0, length);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #fill(into: Uint8Array, { mayEnd = false } = {}): Promise<boolean> {
    for (let done = 0; done < into.length;) {
      if (this.#at === this.#chunk.length && !(await this.#nextChunk())) {
        if (done === 0 && mayEnd) return false;
        throw broken('ends early');
      }
      const taken = this.#chunk.subarray(this.#at, this.#at + into.length - done);
      into.set(taken, done);
      this.#at += taken.length;
      done += taken.length;
    }
    return true;
  }

  async #nextChunk(): Promise<boolean> {
    freeBytes(this.#chunk);
    const next = await this.#chunks.next();
    this.#chunk = next.done !== true && Buffer.isBuffer(next.value) ? next.value : Buffer.alloc(0);
    this.#at = 0;
    return this.#chunk.length > 0;
  }
}

const NO_BYTES = new Uint8Array();

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    throw broken('is no JSON');
  }
}

function broken(why: string): KubeosError {
  return new KubeosError('INTERNAL', `a message between processes of the agent ${why}`);
}
