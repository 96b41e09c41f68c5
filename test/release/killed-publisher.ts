import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import {
  makeTestRelease,
  type TestRelease,
} from '../../src/release/repository/testing/test-release.ts';
import {
  makeTestRepository,
  testPublisher,
} from '../../src/release/repository/testing/test-repository.ts';
import { verifyPublished } from '../../src/release/repository/verify-published.ts';

export const PROGRAM = fileURLToPath(new URL('publish-once.ts', import.meta.url));

export interface KilledPublisher {
  /** To be published by `PROGRAM`, which is killed. */
  readonly release: TestRelease;
  /** A repository as it was before, with one release. */
  readonly begin: () => Promise<string>;
  /** Clients see a good repository, and the next publisher finishes. */
  readonly assertGood: (t: ExecutionContext, directory: string, when: string) => Promise<void>;
}

/** @param mebibytes of the release whose publisher is killed */
export async function killedPublisher(parent: string, mebibytes: number): Promise<KilledPublisher> {
  const before = path.join(parent, 'before');
  const publisher = await makeTestRepository(before);
  const first = await makeTestRelease(parent, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder: first.folder, packs: [] });
  const release = await makeTestRelease(parent, '1.0.1', mebibytes);
  return {
    release,
    begin: async () => {
      const directory = path.join(parent, 'repository');
      await rm(directory, { recursive: true, force: true });
      await cp(before, directory, { recursive: true });
      return directory;
    },
    assertGood: async (t, directory, when) => {
      const client = { ...(await testPublisher(directory)), depth: 'bytes' } as const;
      const left = await verifyPublished(client);
      t.true(left.complete.includes(first.digest), when);
      t.deepEqual([...left.missing, ...left.damaged], [], when);
      await publishRelease({ ...client, folder: release.folder, packs: [] });
      const { complete } = await verifyPublished(client);
      t.deepEqual(complete.toSorted(), [first.digest, release.digest].toSorted(), when);
    },
  };
}
