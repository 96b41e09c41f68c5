import { cp, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { metadataOf } from './read-bytes.ts';
import { verifyRepository } from '../metadata/verify-repository.ts';
import { directoryStore } from './directory-store.ts';
import { haltRelease } from './halt-release.ts';
import { initRepository } from './init-repository.ts';
import type { Publisher } from './publisher.ts';
import { publishRelease } from './publish-release.ts';
import { rotateKeys } from './rotate-keys.ts';
import { setChannel } from './set-channel.ts';
import { failingStore, Killed } from './testing/failing-store.ts';
import { testKey } from './testing/test-keys.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { keySet, later, makeTestRepository, testPublisher } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

/** A command, and what has to be true once it has ended well. */
interface Story {
  readonly title: string;
  readonly run: (publisher: Publisher, folder: string) => Promise<unknown>;
  readonly isDone: (found: Awaited<ReturnType<typeof verifyPublished>>) => boolean;
  /** Other signers than those of the repository. */
  readonly signers?: readonly string[];
}

const ONLINE = ['targets', 'snapshot', 'timestamp', 'halt'];
const ROOTS = ['root-a', 'root-b'];
const EVERY_STORY: readonly Story[] = [
  {
    title: 'publishing a release',
    run: async (publisher, folder) => await publishRelease({ ...publisher, folder, packs: [] }),
    isDone: ({ complete, missing }) => complete.length === 2 && missing.length === 0,
  },
  {
    title: 'moving a channel',
    run: async (publisher) =>
      await setChannel({ ...publisher, channel: 'stable', release: await firstOf(publisher) }),
    isDone: ({ repository }) => repository.channels.size === 1,
  },
  {
    title: 'halting a release',
    run: async (publisher) =>
      await haltRelease({
        ...publisher,
        release: await firstOf(publisher),
        reason: 'kernel panics',
      }),
    isDone: ({ repository }) => repository.halted.size === 1,
  },
  ...(['timestamp', 'snapshot', 'targets', 'root'] as const).map((role) => ({
    title: `replacing the keys of ${role}, with the old ones at hand`,
    run: async (publisher: Publisher) =>
      await rotateKeys({ ...publisher, role, keys: keySet(['new-key', 'newer-key'], 2) }),
    isDone: ({ repository }: Awaited<ReturnType<typeof verifyPublished>>) =>
      repository.root.version === 2 && repository.root.roles[role].threshold === 2,
    signers: [...ONLINE, ...ROOTS, 'new-key', 'newer-key'],
  })),
];

async function firstOf({ store, root, now }: Publisher): Promise<string> {
  const { releases } = await verifyRepository({ root, now, read: metadataOf(store), known: null });
  return releases[0]?.digest ?? '';
}

for (const story of EVERY_STORY) {
  test(`${story.title}, killed at any step, leaves a good repository, and the same again finishes`, async (t) => {
    await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-killed-'));
    const before = path.join(dir.path, 'before');
    const publisher = await makeTestRepository(before);
    const first = await makeTestRelease(dir.path, '1.0.0', 0.1);
    await publishRelease({ ...publisher, folder: first.folder, packs: [] });
    const { folder } = await makeTestRelease(dir.path, '1.0.1', 0.1);
    const { signers = ONLINE } = story;
    for (let step = 0, isKilled = true; isKilled; step += 1) {
      const place = path.join(dir.path, String(step));
      await cp(before, place, { recursive: true });
      const store = directoryStore(place, { lockTimeoutMs: 0 });
      const signing = { ...publisher, store, now: later(1), signers: signers.map(testKey) };
      isKilled = await killedAt(story, { ...signing, store: failingStore(store, step) }, folder);

      const client = { store, root: publisher.root, now: later(1), depth: 'bytes' } as const;
      const found = await verifyPublished(client);
      t.true(found.complete.length >= 1);
      t.deepEqual(found.missing, []);

      await story.run(signing, folder);
      const finished = await verifyPublished(client);
      t.true(story.isDone(finished), `killed before change ${step}`);
      t.deepEqual([...finished.missing, ...finished.damaged, ...finished.repository.expired], []);
    }
  });
}

async function killedAt(story: Story, publisher: Publisher, folder: string): Promise<boolean> {
  try {
    await story.run(publisher, folder);
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

test('making a repository, killed at any step, is finished by the same again', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-killed-'));
  for (let step = 0, isKilled = true; isKilled; step += 1) {
    const store = directoryStore(path.join(dir.path, String(step)), { lockTimeoutMs: 0 });
    const publisher = await testPublisher(store);
    try {
      await initRepository({ ...publisher, store: failingStore(store, step) });
      isKilled = false;
    } catch (error) {
      t.true(error instanceof Killed);
    }
    const { releases } = await initRepository(publisher);
    t.deepEqual(releases, []);
  }
});
