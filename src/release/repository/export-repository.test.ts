import { cp, mkdtempDisposable, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { fileName } from '../metadata/target-name.ts';
import { collectGarbage } from './collect-garbage.ts';
import { directoryStore } from './directory-store.ts';
import { exportRepository } from './export-repository.ts';
import { haltRelease } from './halt-release.ts';
import { initRepository } from './init-repository.ts';
import { publishRelease } from './publish-release.ts';
import { refreshRepository } from './refresh-repository.ts';
import { retireRelease } from './retire-release.ts';
import { setChannel } from './set-channel.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { later, makeTestRepository, testPublisher, testRoot } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-export-'));

async function twoReleases(parent: string) {
  const directory = path.join(parent, 'repository');
  const publisher = await makeTestRepository(directory);
  const releases = [];
  for (const version of ['1.0.0', '1.0.1']) {
    const release = await makeTestRelease(parent, version, 0.1);
    await publishRelease({ ...publisher, folder: release.folder, packs: [] });
    releases.push(release.digest);
  }
  const [first = '', second = ''] = releases;
  return { directory, publisher, first, second };
}

/** A copy with the first release, refreshed by somebody where it is. */
async function refreshedCopy(parent: string, renewTargets: boolean) {
  const { publisher, first, second } = await twoReleases(parent);
  const directory = path.join(parent, 'stick');
  await exportRepository({ ...publisher, releases: [first], directory });
  const site = { ...publisher, store: directoryStore(directory) };
  await refreshRepository({ ...site, renewTargets });
  return { publisher, first, second, site, directory };
}

test('an export is a repository of its own with the chosen releases', async (t) => {
  await using dir = await temporary();
  const { publisher, first, second } = await twoReleases(dir.path);
  await setChannel({ ...publisher, channel: 'stable', release: second });
  await haltRelease({ ...publisher, release: first, reason: 'kernel panics' });
  const directory = path.join(dir.path, 'stick');

  await exportRepository({ ...publisher, releases: [second], directory });
  await exportRepository({ ...publisher, releases: [second], directory });

  const found = await verifyPublished({
    ...publisher,
    store: directoryStore(directory),
    depth: 'bytes',
  });
  t.deepEqual(found.complete, [second]);
  t.is(found.missing.length, 5);
  t.deepEqual([...found.repository.halted], [first]);
  t.deepEqual([...found.repository.channels], [['stable', second]]);
  const names = await readdir(path.join(directory, 'targets'));
  t.false(names.some((name) => name.endsWith(fileName(first, 'image.zst'))));
});

test('a copy that was refreshed where it is, is left as it is', async (t) => {
  await using dir = await temporary();
  const { publisher, first, second, site, directory } = await refreshedCopy(dir.path, true);
  await retireRelease({ ...publisher, release: first });
  const again = exportRepository({ ...publisher, releases: [second], directory });
  await t.throwsAsync(again, { code: 'USAGE', message: /has another metadata\// });
  const found = await verifyPublished({ ...site, depth: 'bytes', releases: [first] });
  t.deepEqual(found.complete, [first]);
});

test('a copy whose timestamp alone is newer than the repository is not set back', async (t) => {
  await using dir = await temporary();
  const { publisher, first, second, site, directory } = await refreshedCopy(dir.path, false);
  const again = exportRepository({ ...publisher, releases: [second], directory });
  await t.throwsAsync(again, { code: 'USAGE', message: /has another metadata\/timestamp/ });
  const found = await verifyPublished({ ...site, depth: 'bytes', releases: [first] });
  t.deepEqual(found.complete, [first]);
});

test('another repository is not exported over', async (t) => {
  await using dir = await temporary();
  const { publisher, second } = await twoReleases(dir.path);
  const directory = path.join(dir.path, 'other');
  const other = await testPublisher(directory, { root: await testRoot(later(1)), now: later(1) });
  await initRepository(other);
  const over = exportRepository({ ...publisher, releases: [second], directory });
  await t.throwsAsync(over, { code: 'USAGE', message: /has another metadata\/1\.root\.json/ });
  await t.notThrowsAsync(verifyPublished({ ...other, depth: 'sizes' }));
});

test('a repository that lost its timestamp is not made an empty one', async (t) => {
  await using dir = await temporary();
  const { directory, publisher } = await twoReleases(dir.path);
  await rm(path.join(directory, 'metadata/timestamp.json'));
  await t.throwsAsync(initRepository(publisher), {
    code: 'USAGE',
    message: /has lost metadata\/timestamp\.json/,
  });
});

test('what cannot be a repository stays as it is, and makes no folder', async (t) => {
  await using dir = await temporary();
  const publisher = await testPublisher(path.join(dir.path, 'a-typing-error'));
  const missing = { code: 'UNTRUSTED', message: 'timestamp.json is missing' };
  await t.throwsAsync(collectGarbage({ ...publisher, snapshots: 1, isDryRun: true }), missing);
  await t.throwsAsync(refreshRepository({ ...publisher, renewTargets: false }), missing);
  t.deepEqual(await readdir(dir.path), []);
});

test('an export that lacks any of its metadata is refused, and never taken for whole', async (t) => {
  await using dir = await temporary();
  const { publisher, second } = await twoReleases(dir.path);
  const directory = path.join(dir.path, 'stick');
  await exportRepository({ ...publisher, releases: [second], directory });
  const files = ['timestamp.json', '3.snapshot.json', '3.targets.json', '1.halt.json'];
  for (const file of files) {
    const copy = path.join(dir.path, file);
    await cp(directory, copy, { recursive: true });
    await rm(path.join(copy, 'metadata', file));
    const store = directoryStore(copy);
    await t.throwsAsync(verifyPublished({ ...publisher, store, depth: 'sizes' }), {
      code: 'UNTRUSTED',
      message: `${file} is missing`,
    });
  }
});

test('an export of a release whose image is damaged fails, and has no timestamp', async (t) => {
  await using dir = await temporary();
  const { publisher, directory, second } = await twoReleases(dir.path);
  const { repository } = await verifyPublished({ ...publisher, depth: 'sizes' });
  const image = repository.releases.find(({ digest }) => digest === second)?.image.path ?? '';
  await truncate(path.join(directory, image), 1000);
  const stick = path.join(dir.path, 'stick');
  await t.throwsAsync(exportRepository({ ...publisher, releases: [second], directory: stick }), {
    code: 'RELEASE_INVALID',
  });
  const left: readonly string[] = await readdir(stick, { recursive: true });
  t.false(left.includes('metadata/timestamp.json'));
});

test('gc takes what no recent snapshot lists, once it is old, and only that', async (t) => {
  await using dir = await temporary();
  const { publisher, directory, first, second } = await twoReleases(dir.path);
  await retireRelease({ ...publisher, release: first });
  const request = { ...publisher, snapshots: 1, isDryRun: false } as const;
  // Files carry the time of this test, the repository lives in its own: compare with what the disk says.
  const young = await collectGarbage({ ...request, now: new Date(Date.now() + 24 * 3600_000) });
  t.deepEqual(young.removed, []);

  const now = new Date(Date.now() + 15 * 24 * 3600_000);
  const wet = { ...request, now };
  const dry = await collectGarbage({ ...wet, isDryRun: true });
  const gone = await collectGarbage(wet);
  t.deepEqual(dry, gone);
  const blobs = gone.removed.filter(({ path }) => path.startsWith('targets/'));
  t.is(blobs.length, 5);
  t.true(gone.removed.every(({ path }) => !path.includes('root')));
  const { complete } = await verifyPublished({ ...publisher, depth: 'bytes' });
  t.deepEqual(complete, [second]);
  t.deepEqual((await collectGarbage(wet)).removed, []);
  t.is((await readdir(path.join(directory, 'targets'))).length, 5);
});

test('gc keeps what the last snapshots list', async (t) => {
  await using dir = await temporary();
  const { publisher, first } = await twoReleases(dir.path);
  await retireRelease({ ...publisher, release: first });
  const now = new Date(Date.now() + 15 * 24 * 3600_000);
  const kept = await collectGarbage({ ...publisher, now, snapshots: 2, isDryRun: false });
  t.false(kept.removed.some(({ path }) => path.startsWith('targets/')));
});
