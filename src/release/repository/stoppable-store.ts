import type { Content, RepositoryStore, StoreSession } from './repository-store.ts';

/**
 * A store that does nothing more once a signal is aborted: between two files, and between two chunks of one. What was
 * begun is given back as always, the lock too.
 */
export function stoppableStore(store: RepositoryStore, signal: AbortSignal): RepositoryStore {
  return {
    ...store,
    async size(path) {
      signal.throwIfAborted();
      return await store.size(path);
    },
    async read(path) {
      signal.throwIfAborted();
      const chunks = await store.read(path);
      return chunks === null ? null : stoppable(chunks, signal);
    },
    async begin() {
      signal.throwIfAborted();
      return stoppableSession(await store.begin(), signal);
    },
  };
}

function stoppableSession(session: StoreSession, signal: AbortSignal): StoreSession {
  return {
    async write(path, content) {
      signal.throwIfAborted();
      await session.write(path, stoppableContent(content, signal));
    },
    async commit(timestamp, expected) {
      signal.throwIfAborted();
      await session.commit(timestamp, expected);
    },
    list: async () => await session.list(),
    async remove(path) {
      signal.throwIfAborted();
      await session.remove(path);
    },
    [Symbol.asyncDispose]: async () => await session[Symbol.asyncDispose](),
  };
}

function stoppableContent(content: Content, signal: AbortSignal): Content {
  return { ...content, open: () => stoppable(content.open(), signal) };
}

async function* stoppable(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
