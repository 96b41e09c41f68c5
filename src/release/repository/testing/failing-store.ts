import type { RepositoryStore, StoreSession } from '../repository-store.ts';

export class Killed extends Error {}

/**
 * A store whose publisher is killed at its n-th change, before it or just after it; the session is not ended then, as
 * nothing would be.
 */
export function failingStore(
  store: RepositoryStore,
  at: number,
  moment: 'before' | 'after',
): RepositoryStore {
  let count = 0;
  const change = async (run: () => Promise<void>): Promise<void> => {
    const isLast = count === at;
    count += 1;
    if (isLast && moment === 'before') throw new Killed();
    await run();
    if (isLast) throw new Killed();
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
