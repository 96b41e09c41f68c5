import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { directoryStore } from './directory-store.ts';
import { publishRelease } from './publish-release.ts';
import type { RepositoryStore } from './repository-store.ts';
import { stoppableStore } from './stoppable-store.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { makeTestRepository } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

/** Tells of each file before it is written. */
function watched(store: RepositoryStore, tell: (path: string) => void): RepositoryStore {
  return {
    ...store,
    async begin() {
      const session = await store.begin();
      return {
        ...session,
        async write(path, content) {
          tell(path);
          await session.write(path, content);
        },
      };
    },
  };
}

for (const file of ['image.zst', 'snapshot.json']) {
  test(`publishing that is stopped at ${file} leaves the old state and no lock, and the same again finishes`, async (t) => {
    await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-stopped-'));
    const directory = path.join(dir.path, 'repository');
    const publisher = await makeTestRepository(directory);
    const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
    const stop = new AbortController();
    const written = watched(directoryStore(directory), (name) => {
      if (name.endsWith(file)) stop.abort(new Error('stopped'));
    });
    const store = stoppableStore(written, stop.signal);
    await t.throwsAsync(publishRelease({ ...publisher, store, folder, packs: [] }), {
      message: 'stopped',
    });
    t.false((await readdir(directory)).includes('.lock'));
    t.deepEqual(await readdir(path.join(directory, '.staging')), []);
    t.deepEqual((await verifyPublished({ ...publisher, depth: 'bytes' })).complete, []);
    await publishRelease({ ...publisher, folder, packs: [] });
    t.deepEqual((await verifyPublished({ ...publisher, depth: 'bytes' })).complete, [digest]);
  });
}
