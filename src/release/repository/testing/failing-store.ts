import type { RepositoryStore, StoreSession } from '../repository-store.ts';

export class Killed extends Error {}

/** A store whose publisher is killed before its n-th change, counted from 0. */
export function failingStore(store: RepositoryStore, at: number): RepositoryStore {
  let count = 0;
  const change = async (run: () => Promise<void>): Promise<void> => {
    if (count === at) throw new Killed();
    count += 1;
    await run();
  };
  return {
    ...store,
    async begin() {
      const session = await store.begin();
      return sessionOf(session, change);
    },
  };
}

function sessionOf(
  session: StoreSession,
  change: (run: () => Promise<void>) => Promise<void>,
): StoreSession {
  return {
    write: async (path, content) => await change(async () => await session.write(path, content)),
    commit: async (timestamp, expected) =>
      await change(async () => await session.commit(timestamp, expected)),
    list: async () => await session.list(),
    remove: async (path) => await change(async () => await session.remove(path)),
    [Symbol.asyncDispose]: async () => await session[Symbol.asyncDispose](),
  };
}
