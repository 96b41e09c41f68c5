import {
  mkdtempDisposable,
  open,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openRootCache } from './root-cache.ts';

const ingredients = { suite: 'trixie', 'openssl:amd64': '3.5.1 (aaaa)', 'kubeos recipe': 1 };

test('what was kept is found again, and what was not says why', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  t.like(await cache.look(ingredients), { kind: 'miss', because: 'it was never made here' });
  const tar = path.join(directory.path, 'made.tar');
  await writeFile(tar, 'tar');
  const file = await cache.keep(ingredients, tar);
  t.deepEqual(await cache.look(ingredients), { kind: 'hit', file });
  t.is(await readFile(file, 'utf8'), 'tar');
});

test('the reason for a miss names the ingredients that changed', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  const tar = path.join(directory.path, 'made.tar');
  await writeFile(tar, 'tar');
  const file = await cache.keep(ingredients, tar);
  const next = { ...ingredients, 'openssl:amd64': '3.5.2 (bbbb)' };
  t.like(await cache.look(next), {
    because: 'openssl:amd64 3.5.1 (aaaa) → 3.5.2 (bbbb)',
  });
  await rm(file);
  t.like(await cache.look(ingredients), { because: 'it was removed from the cache' });
});

test('one that nobody has used for a week goes when another one comes, and one that is used stays', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  const tar = path.join(directory.path, 'made.tar');
  const make = async (suite: string): Promise<string> => {
    await writeFile(tar, suite);
    return await cache.keep({ ...ingredients, suite }, tar);
  };
  const [used, unused] = [await make('trixie'), await make('bookworm')];
  const longAgo = Date.now() / 1000 - 8 * 24 * 3600;
  for (const file of [used, unused]) {
    for (const one of [file, `${file}.sha256`]) await utimes(one, longAgo, longAgo);
  }
  t.like(await cache.look({ ...ingredients, suite: 'trixie' }), { kind: 'hit' });
  const latest = await make('forky');
  const left = [used, latest].flatMap((file) => [file, `${file}.sha256`]);
  t.deepEqual(
    (await readdir(path.dirname(used))).toSorted(),
    [...left.map((file) => path.basename(file)), 'minimal-amd64.json'].toSorted(),
  );
});

test('one that was damaged is not taken, and can be made and kept again', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  const tar = path.join(directory.path, 'made.tar');
  await writeFile(tar, 'tar'.repeat(10_000));
  const file = await cache.keep(ingredients, tar);
  {
    // As a power failure leaves what was renamed and not yet on the disk: the right length, zeros in it.
    await using handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4096), 0, 4096, 8192);
  }
  t.like(await cache.look(ingredients), { kind: 'miss', because: 'the cached one is damaged' });
  await writeFile(tar, 'tar'.repeat(10_000));
  await cache.keep(ingredients, tar);
  t.like(await cache.look(ingredients), { kind: 'hit' });
});

test('one whose digest was not written any more is not taken', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  const tar = path.join(directory.path, 'made.tar');
  await writeFile(tar, 'tar');
  await rm(`${await cache.keep(ingredients, tar)}.sha256`);
  t.like(await cache.look(ingredients), { kind: 'miss' });
});

test('a damaged memory of the last time costs only the reason', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const cache = openRootCache(directory.path, 'minimal-amd64');
  const tar = path.join(directory.path, 'made.tar');
  await writeFile(tar, 'tar');
  await cache.keep(ingredients, tar);
  await writeFile(path.join(directory.path, 'roots/minimal-amd64.json'), '{"half');
  t.like(await cache.look(ingredients), { kind: 'hit' });
  t.like(await cache.look({ suite: 'bookworm' }), { because: 'it was never made here' });
});
