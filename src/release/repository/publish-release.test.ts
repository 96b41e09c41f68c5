import { appendFile, mkdtempDisposable, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { publishRelease } from './publish-release.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { makeTestRepository } from './testing/test-repository.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-publish-'));

test('a release is listed with its files, and the same command again changes nothing', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'repository'));
  const release = await makeTestRelease(dir.path, '1.0.0');
  const request = { ...publisher, folder: release.folder, packs: [] };

  const first = await publishRelease(request);
  const timestamp = path.join(dir.path, 'repository/metadata/timestamp.json');
  const published = await readFile(timestamp);
  const second = await publishRelease(request);

  t.is(first.digest, release.digest);
  t.true(first.isChanged);
  t.false(second.isChanged);
  t.deepEqual(await readFile(timestamp), published);
  t.deepEqual(
    first.repository.releases.map(({ digest }) => digest),
    [release.digest],
  );
  const [listed] = first.repository.releases;
  t.is(listed?.image.sha256, release.manifest.full.sha256);
  const stored = await readdir(path.join(dir.path, 'repository/targets'));
  t.is(stored.length, 5);
});

test('a folder whose image was changed is refused, and nothing is stored', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'repository'));
  const release = await makeTestRelease(dir.path, '1.0.0');
  const image = await readFile(path.join(release.folder, 'image.zst'));
  image[200_000] = (image[200_000] ?? 0) ^ 1;
  await writeFile(path.join(release.folder, 'image.zst'), image);

  await t.throwsAsync(publishRelease({ ...publisher, folder: release.folder, packs: [] }), {
    code: 'RELEASE_INVALID',
  });
  await appendFile(path.join(release.folder, 'image.zst'), 'x');
  await t.throwsAsync(publishRelease({ ...publisher, folder: release.folder, packs: [] }), {
    message: /image\.zst has \d+ bytes/,
  });
  t.deepEqual(await readdir(path.join(dir.path, 'repository')).then((all) => all.toSorted()), [
    '.staging',
    'metadata',
  ]);
});

test('a folder that lacks a file is refused by its name', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'repository'));
  for (const file of ['image.zst', 'image.blocks', 'boot.sum', 'boot.cfg', 'manifest.json']) {
    const { folder } = await makeTestRelease(path.join(dir.path, file), '1.0.0', 0.1);
    await rm(path.join(folder, file));
    await t.throwsAsync(publishRelease({ ...publisher, folder, packs: [] }), {
      code: 'RELEASE_INVALID',
      message: `${path.join(folder, file)} is missing`,
    });
  }
});
