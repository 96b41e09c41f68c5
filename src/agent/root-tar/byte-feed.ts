/** Bytes that come in pieces of any length, taken in the lengths that are needed. A piece is valid until the next is asked for. */
export class ByteFeed {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  /** So much of it is taken. */
  #at = 0;
  #position = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Bytes that were taken. */
  get position(): number {
    return this.#position;
  }

  /** A copy of the next bytes; null at the end. @throws RangeError where there are fewer */
  async take(length: number): Promise<Buffer | null> {
    const bytes = Buffer.alloc(length);
    let done = 0;
    for await (const part of this.pass(length, { mayEnd: true })) {
      bytes.set(part, done);
      done += part.length;
    }
    if (done === length) return bytes;
    if (done === 0) return null;
    throw new RangeError('it ends too early');
  }

  /** The next bytes, without a copy. @throws RangeError where there are fewer */
  async *pass(length: number, { mayEnd = false } = {}): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#at === this.#piece.length && !(await this.#next())) {
        if (mayEnd) return;
        throw new RangeError('it ends too early');
      }
      const part = this.#piece.subarray(this.#at, this.#at + left);
      this.#at += part.length;
      this.#position += part.length;
      left -= part.length;
      yield part;
    }
  }

  /** Takes all that is left. */
  async drain(): Promise<void> {
    this.#at = this.#piece.length;
    while (await this.#next()) this.#at = this.#piece.length;
  }

  async #next(): Promise<boolean> {
    const next = await this.#pieces.next();
    this.#piece = next.done === true ? new Uint8Array() : next.value;
    this.#at = 0;
    return this.#piece.length > 0;
  }
}
