import { hash } from 'node:crypto';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { fileName } from '../metadata/target-name.ts';
import type { TargetFile } from '../metadata/target-schema.ts';
import { changeRepository } from './change-repository.ts';
import { refreshRepository } from './refresh-repository.ts';
import type { RepositoryChange, TargetList } from './repository-change.ts';
import { makeTestRepository } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

/** What a list of so many releases has. */
function listOf(releases: number): TargetList {
  return Object.fromEntries(Array.from({ length: releases }, (_, index) => filesOf(index)).flat());
}

function filesOf(index: number): readonly (readonly [string, TargetFile])[] {
  const sha256 = hash('sha256', String(index));
  const release = `sha256:${sha256}`;
  const file = (name: string, kind: 'release' | 'boot' | 'blocks' | 'image') =>
    [
      fileName(release, name),
      { length: 1000, hashes: { sha256 }, custom: { kind, release } },
    ] as const;
  return [
    file('manifest.json', 'release'),
    file('boot.cfg', 'boot'),
    file('boot.sum', 'boot'),
    file('image.zst', 'image'),
    file('image.blocks', 'blocks'),
  ];
}

const refused = test.macro(
  async (t, change: RepositoryChange, expected: { code: string; message: RegExp }) => {
    await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-apply-'));
    const directory = path.join(dir.path, 'repository');
    const publisher = await makeTestRepository(directory);
    const timestamp = path.join(directory, 'metadata/timestamp.json');
    const before = await readFile(timestamp);
    await t.throwsAsync(
      changeRepository(publisher, () => change),
      expected,
    );
    t.deepEqual(await readFile(timestamp), before);
    await verifyPublished({ ...publisher, depth: 'bytes' });
    t.true((await refreshRepository(publisher)).isChanged);
  },
);

test(
  'a list that is longer than clients read is not published',
  refused,
  { blobs: [], targets: listOf(3500) },
  { code: 'USAGE', message: /list of releases would have \d+ bytes/ },
);

test(
  'what a client would refuse is not made visible',
  refused,
  { blobs: [], targets: Object.fromEntries(filesOf(1).slice(1)) },
  { code: 'UNTRUSTED', message: /is of a release that is not listed/ },
);
