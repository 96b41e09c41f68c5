import { createHash, randomFillSync } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { imageTable } from '../../../src/release/fetch/image-table.ts';
import { openSource } from '../../../src/release/fetch/open-source.ts';
import type { Base } from '../../../src/release/fetch/target.ts';
import type { ListedRelease } from '../../../src/release/metadata/listed-targets.ts';
import { deltaName, fileName, storedPath } from '../../../src/release/metadata/target-name.ts';
import { makePack } from '../../../src/release/pack/make-pack.ts';
import { positionalReader } from '../../../src/release/pack/positional-reader.ts';
import { originOf, serveFiles } from './origin.ts';
import { setting, type Setting } from './setting.ts';
import { fetchOnce } from './test-fetch.ts';
import { isImage, MIB, putRelease, type TestRelease } from './test-release.ts';

interface Upgrade extends AsyncDisposable {
  readonly given: Setting;
  readonly next: TestRelease;
  readonly base: Base;
  readonly listed: ListedRelease;
  readonly packFile: string;
  readonly packBytes: number;
}

const few = (image: Buffer, at: number): Buffer => image.fill(at % 251, at, at + 40);
const many = (image: Buffer, at: number): Buffer => randomFillSync(image, at, 30_000);

/** Version 2 changes a few bytes in every block: no block can be copied, and a pack of it is small. */
async function upgrade(blocks: number, change = few): Promise<Upgrade> {
  await using stack = new AsyncDisposableStack();
  const given = stack.use(await setting(blocks));
  const image = Buffer.from(given.release.image);
  for (let at = 3000; at + 30_000 < image.length; at += 300_000) change(image, at);
  const next = await putRelease(given.repository, image, '2.0.0');
  const output = path.join(given.repository, 'pack');
  const baseFile = path.join(given.repository, '1.0.0.img');
  await makePack({
    parameters: { level: 1, candidates: 1 },
    base: baseFile,
    image: path.join(given.repository, '2.0.0.img'),
    images: {
      baseBytes: given.release.image.length,
      baseSha256: given.release.manifest.image.sha256,
      imageBytes: image.length,
      imageSha256: next.manifest.image.sha256,
    },
    output,
  });
  const bytes = await readFile(output);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const name = deltaName(next.digest, given.digest);
  const packPath = storedPath(name, sha256);
  await writeFile(path.join(given.repository, packPath), bytes);
  const custom = { kind: 'delta', release: next.digest, base: given.digest } as const;
  const delta = { name, path: packPath, length: bytes.length, sha256, custom, base: given.digest };
  const file = stack.use(await open(baseFile));
  const table = await imageTable(baseFile, AbortSignal.timeout(60_000));
  const held = stack.move();
  return {
    given,
    next,
    base: { release: given.digest, table, read: positionalReader(file) },
    // Only its packs matter here.
    listed: { digest: next.digest, deltas: [delta] } as unknown as ListedRelease,
    packFile: path.join(given.repository, packPath),
    packBytes: bytes.length,
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

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
