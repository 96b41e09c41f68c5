import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { Base } from '../../../src/release/fetch/target.ts';
import { openSource } from '../../../src/release/fetch/open-source.ts';
import { fileName, storedPath } from '../../../src/release/metadata/target-name.ts';
import { originOf, serveFiles } from './origin.ts';
import { fetchOnce } from './test-fetch.ts';
import { isImage, MIB } from './test-release.ts';
import { many, upgrade, type Upgrade } from './upgrade.ts';

const fetchUpgrade = async (
  { given, next, base, listed }: Upgrade,
  address: string,
  more: Partial<Parameters<typeof fetchOnce>[0]['more']> = {},
) =>
  await fetchOnce({
    addresses: [address],
    digest: next.digest,
    output: given.output,
    more: { base, listed, ...more },
  });

test('an upgrade comes by its delta pack, in one request after those of manifest and table', async (t) => {
  await using up = await upgrade(8);
  await using origin = await originOf(serveFiles(up.given.repository));
  const report = await fetchUpgrade(up, origin.url);
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'pack');
  t.is(report.requests, 3);
  t.true(report.bytesTransferred < up.packBytes + 10_000);
});

test('a base whose release nobody knows is found by its image', async (t) => {
  await using up = await upgrade(4);
  await using origin = await originOf(serveFiles(up.given.repository));
  const report = await fetchUpgrade(up, origin.url, { base: { ...up.base, release: null } });
  t.is(report.how, 'pack');
  t.is(report.requests, 4);
});

test('a base whose manifest is damaged on the server is no obstacle', async (t) => {
  await using up = await upgrade(4);
  const { given, base } = up;
  const digest = given.digest.slice('sha256:'.length);
  const manifest = storedPath(fileName(given.digest, 'manifest.json'), digest);
  await writeFile(path.join(given.repository, manifest), 'damaged');
  const report = await fetchUpgrade(up, given.repository, { base: { ...base, release: null } });
  t.true(await isImage(given.output, up.next));
  t.is(report.how, 'frames');
});

test('an interrupted upgrade goes on in the middle of the pack', async (t) => {
  await using up = await upgrade(12);
  await using origin = await originOf(serveFiles(up.given.repository));
  await writeFile(up.given.output, up.next.image.subarray(0, 9 * MIB));
  const report = await fetchUpgrade(up, origin.url, { requestBytes: 0 });
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'pack');
  t.regex(origin.requests.at(-1) ?? '', /kdp bytes=[1-9]/);
});

test('an interrupted upgrade needs no budget for what it has of the pack', async (t) => {
  await using up = await upgrade(12, many);
  await using origin = await originOf(serveFiles(up.given.repository));
  await writeFile(up.given.output, up.next.image.subarray(0, 6 * MIB));
  using opened = openSource([origin.url], { maxTransferBytes: 900_000 });
  const { budget, source } = opened;
  t.true(up.packBytes > budget.maxBytes);
  const report = await fetchUpgrade(up, origin.url, { budget, source, requestBytes: 0 });
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'pack');
});

test('a damaged pack costs frames, never a bad block', async (t) => {
  await using up = await upgrade(24);
  await using origin = await originOf(serveFiles(up.given.repository));
  const pack = await readFile(up.packFile);
  const at = Math.floor(pack.length * 0.6);
  pack[at] = (pack[at] ?? 0) ^ 4;
  await writeFile(up.packFile, pack);
  const report = await fetchUpgrade(up, origin.url);
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'pack');
  const frames = origin.requests.filter((line) => line.includes('image.zst'));
  t.true(frames.length >= 1 && frames.length <= 3);
});

test('a pack for another base is given up after a few blocks', async (t) => {
  await using up = await upgrade(12);
  await using origin = await originOf(serveFiles(up.given.repository));
  const read: Base['read'] = async (target) => void target.fill(3);
  const report = await fetchUpgrade(up, origin.url, { base: { ...up.base, read } });
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'whole');
});

test('a bad sector in the base costs the blocks that need it', async (t) => {
  await using up = await upgrade(24);
  const read: Base['read'] = async (into, position) => {
    if (position <= 6 * MIB + 500 && position + into.length > 6 * MIB + 500) {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    }
    await up.base.read(into, position);
  };
  const report = await fetchUpgrade(up, up.given.repository, { base: { ...up.base, read } });
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'pack');
});

test('a pack that is not there, or no pack at all, is no obstacle', async (t) => {
  await using up = await upgrade(4);
  await writeFile(up.packFile, 'no pack');
  const report = await fetchUpgrade(up, up.given.repository);
  t.true(await isImage(up.given.output, up.next));
  t.is(report.how, 'frames');
});
