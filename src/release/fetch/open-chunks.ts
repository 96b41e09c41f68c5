export interface OpenChunks extends AsyncDisposable {
  readonly chunks: AsyncIterable<Buffer>;
}

/** A stream that is ended when it goes out of scope, though nobody read all of it. */
export function openChunks(stream: AsyncIterable<Buffer>): OpenChunks {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    chunks: { [Symbol.asyncIterator]: () => iterator },
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}
