import { truncate, writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { Base, Target } from '../../../src/release/fetch/target.ts';
import { openTarget } from '../../../src/release/fetch/open-target.ts';
import { KubeosError } from '../../../src/errors.ts';
import { setting } from './setting.ts';
import { fetchOnce } from './test-fetch.ts';
import { isImage, MIB, putRelease, type TestRelease } from './test-release.ts';
import { imageTable } from '../../../src/release/fetch/image-table.ts';

/** A base in memory. */
function baseOf(image: Buffer, table: Base['table']): Base {
  return {
    release: null,
    table,
    read: async (target, position) => {
      target.set(image.subarray(position, position + target.length));
    },
  };
}

test('a target that is right already is not written, and nothing of the image is fetched', async (t) => {
  await using given = await setting(4);
  await writeFile(given.output, given.release.image);
  const report = await fetchOnce({ ...given, addresses: [given.repository] });
  t.is(report.how, 'nothing');
  t.is(report.blocksWritten, 0);
  t.is(report.requests, 2);
});

test('what was right already is flushed: whoever wrote it may have been killed before', async (t) => {
  await using given = await setting(2);
  await writeFile(given.output, given.release.image);
  await using file = await openTarget(given.output, given.release.image.length);
  let flushes = 0;
  const flush = async (): Promise<void> => {
    flushes += 1;
    await file.flush();
  };
  const target: Target = { ...file, flush };
  await fetchOnce({ ...given, addresses: [given.repository], more: { target } });
  t.is(flushes, 1);
});

test('only the blocks that are not right are fetched and written', async (t) => {
  await using given = await setting(8);
  const old = Buffer.from(given.release.image);
  old[5 * MIB + 77] = (old[5 * MIB + 77] ?? 0) ^ 1;
  await writeFile(given.output, old);
  const report = await fetchOnce({ ...given, addresses: [given.repository] });
  t.true(await isImage(given.output, given.release));
  t.is(report.how, 'frames');
  t.is(report.blocksReused, 8);
  t.is(report.blocksWritten, 1);
  t.true(report.bytesTransferred < 200_000);
});

test('a file of another length is brought to that of the image', async (t) => {
  await using given = await setting(3);
  await writeFile(given.output, given.release.image);
  await truncate(given.output, 10 * MIB + 5);
  await fetchOnce({ ...given, addresses: [given.repository] });
  t.true(await isImage(given.output, given.release));
});

async function newer(repository: string, old: TestRelease): Promise<TestRelease> {
  const image = Buffer.from(old.image);
  // One block changed, two changed places.
  image.fill(9, 2 * MIB + 100, 2 * MIB + 200);
  old.image.copy(image, 4 * MIB, 5 * MIB, 6 * MIB);
  old.image.copy(image, 5 * MIB, 4 * MIB, 5 * MIB);
  return await putRelease(repository, image, '2.0.0');
}

test('blocks that the base has, at any place, are copied; the others are fetched', async (t) => {
  await using given = await setting(8);
  const { digest, ...release } = await newer(given.repository, given.release);
  const table = await imageTable(`${given.repository}/1.0.0.img`, AbortSignal.timeout(60_000));
  const base = baseOf(given.release.image, table);
  const addresses = [given.repository];
  const report = await fetchOnce({ ...given, digest, addresses, more: { base } });
  t.true(await isImage(given.output, { digest, ...release }));
  t.is(report.blocksCopied, 8);
  t.is(report.blocksWritten, 9);
});

test('a base that is not what its table says costs frames, never a bad block', async (t) => {
  await using given = await setting(6);
  const table = await imageTable(`${given.repository}/1.0.0.img`, AbortSignal.timeout(60_000));
  const damaged = Buffer.from(given.release.image);
  for (const block of [1, 4]) damaged[block * MIB] = (damaged[block * MIB] ?? 0) ^ 8;
  const base = baseOf(damaged, table);
  const report = await fetchOnce({ ...given, addresses: [given.repository], more: { base } });
  t.true(await isImage(given.output, given.release));
  t.is(report.blocksCopied, 5);
  t.is(report.how, 'frames');
});

test('a base that is damaged is no danger where blocks are written slowly', async (t) => {
  await using given = await setting(6);
  const table = await imageTable(`${given.repository}/1.0.0.img`, AbortSignal.timeout(60_000));
  const damaged = Buffer.from(given.release.image);
  for (const block of [1, 3]) damaged[block * MIB] = (damaged[block * MIB] ?? 0) ^ 8;
  await using file = await openTarget(given.output, given.release.image.length);
  const slow: Target = {
    ...file,
    write: async (bytes, position) => {
      for (let turn = 0; turn < 50; turn += 1) await setImmediate();
      await file.write(bytes, position);
    },
  };
  const more = { base: baseOf(damaged, table), target: slow };
  await fetchOnce({ ...given, addresses: [given.repository], more });
  t.true(await isImage(given.output, given.release));
});

const badSector = async (): Promise<never> => {
  throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
};

test('a bad sector in the base, or where it ends early, costs frames', async (t) => {
  await using given = await setting(6);
  const table = await imageTable(`${given.repository}/1.0.0.img`, AbortSignal.timeout(60_000));
  const good = baseOf(given.release.image, table);
  const read: Base['read'] = async (into, position) => {
    if (position === 2 * MIB) await badSector();
    if (position >= 5 * MIB) throw new KubeosError('RELEASE_INVALID', 'an image ends');
    await good.read(into, position);
  };
  const more = { base: { ...good, read } };
  const report = await fetchOnce({ ...given, addresses: [given.repository], more });
  t.true(await isImage(given.output, given.release));
  t.is(report.blocksCopied, 4);
});

test('a bad sector of the target is written', async (t) => {
  await using given = await setting(3);
  await writeFile(given.output, given.release.image);
  await using file = await openTarget(given.output, given.release.image.length);
  const read: Target['read'] = async (into, position) =>
    position === MIB ? await badSector() : await file.read(into, position);
  const more = { target: { ...file, read } };
  const report = await fetchOnce({ ...given, addresses: [given.repository], more });
  t.is(report.blocksWritten, 1);
});

test('a disk that fills up is told as such, and what was right is kept', async (t) => {
  await using given = await setting(6);
  await using file = await openTarget(given.output, given.release.image.length);
  const full: Target = {
    ...file,
    write: async (bytes, position) => {
      if (position >= 3 * MIB) throw new KubeosError('NO_SPACE', 'no space');
      await file.write(bytes, position);
    },
  };
  const fetching = fetchOnce({ ...given, addresses: [given.repository], more: { target: full } });
  await t.throwsAsync(fetching, { code: 'NO_SPACE' });
  const report = await fetchOnce({ ...given, addresses: [given.repository] });
  t.is(report.blocksReused, 3);
  t.true(await isImage(given.output, given.release));
});

test('a target that is too small is refused before a block is written', async (t) => {
  await using given = await setting(3);
  await using file = await openTarget(given.output, MIB);
  const fetching = fetchOnce({ ...given, addresses: [given.repository], more: { target: file } });
  await t.throwsAsync(fetching, { code: 'NO_SPACE' });
});

test('a stopped fetch goes on where it was', async (t) => {
  await using given = await setting(8);
  const controller = new AbortController();
  const more = {
    signal: controller.signal,
    onProgress: ({ blocksDone }: { blocksDone: number }) => {
      if (blocksDone === 4) controller.abort(new KubeosError('CANCELLED', 'stopped'));
    },
  };
  const addresses = [given.repository];
  await t.throwsAsync(fetchOnce({ ...given, addresses, more }), { code: 'CANCELLED' });
  const report = await fetchOnce({ ...given, addresses });
  t.true(report.blocksReused >= 4);
  t.true(await isImage(given.output, given.release));
});
