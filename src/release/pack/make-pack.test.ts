import { hash, randomBytes } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { applyToMemory, content, makePackIn, sha256 } from '../../../test/release/pack-scene.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { BLOCK_BYTES, blockCount } from '../block-table.ts';
import { checkPack, isWorthPublishing } from './check-pack.ts';
import { makePack } from './make-pack.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const BASE = Buffer.concat([
  content(1, 900_000),
  randomBytes(600_000),
  Buffer.alloc(300_000),
  content(2, 700_000),
]);

type Edit = { readonly at: number; readonly drop: number; readonly insert: Buffer };

function edited(base: Buffer, edits: readonly Edit[]): Buffer {
  return edits.reduce((image, { at, drop, insert }) => {
    const place = at % (image.length + 1);
    return Buffer.concat([image.subarray(0, place), insert, image.subarray(place + drop)]);
  }, base);
}

const insertion = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(9), fc.nat(200_000)).map(([seed, bytes]) => content(seed, bytes)),
  fc
    .tuple(fc.nat(BASE.length), fc.nat(400_000))
    .map(([at, bytes]) => BASE.subarray(at, at + bytes)),
  fc.nat(300_000).map((bytes) => Buffer.alloc(bytes)),
);
const edit = fc.record({
  at: fc.nat(3_000_000),
  drop: fc.oneof(fc.constant(0), fc.nat(64), fc.nat(500_000)),
  insert: insertion,
});

test('a pack makes the image, whatever was changed, moved, repeated, added or taken away', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 8 }), async (edits) => {
      await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
      const image = edited(BASE, edits);
      if (image.length === 0) return;
      const { pack, expected, made } = await makePackIn(dir.path, { base: BASE, image });
      t.is(made.sha256, sha256(pack));
      t.true((await applyToMemory({ pack, base: BASE, expected })).equals(image));
      t.deepEqual((await readdir(dir.path)).sort(), ['base.img', 'new.img', 'pack.kdp']);
    }),
    { numRuns: 25 },
  );
});

test('the same image again is one copy', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { pack, made, expected } = await makePackIn(dir.path, { base: BASE, image: BASE });
  t.like(made.operations, { copy: { count: 1, bytes: BASE.length }, self: { count: 0 } });
  t.true(pack.length < 150);
  t.true((await applyToMemory({ pack, base: BASE, expected })).equals(BASE));
});

test('data of a new file that lies in the image twice comes once', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const noise = randomBytes(500_000);
  const image = Buffer.concat([BASE, noise, Buffer.from('between'), noise]);
  const { pack, made, expected } = await makePackIn(dir.path, { base: BASE, image });
  t.true(pack.length < 520_000);
  t.true(made.operations.self.bytes > 450_000);
  t.true((await applyToMemory({ pack, base: BASE, expected })).equals(image));
});

test('a few bytes here and there cost a few bytes', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const image = Buffer.from(BASE);
  for (let at = 1000; at < image.length; at += 100_000) image.write('changed', at);
  const { pack, expected } = await makePackIn(dir.path, { base: BASE, image });
  t.true(pack.length < 3000, `${pack.length}`);
  t.true((await applyToMemory({ pack, base: BASE, expected })).equals(image));
});

test('tiny images, and images without anything in common, have a pack too', async (t) => {
  for (const [base, image] of [
    [Buffer.from('a'), Buffer.from('b')],
    [Buffer.alloc(3), randomBytes(2_500_000)],
    [randomBytes(2_500_000), Buffer.from('abc')],
    [Buffer.from('37a430ec', 'hex'), content(3, 50_000)],
    [Buffer.concat([Buffer.from('37a430ec', 'hex'), content(3, 50_000)]), content(3, 49_000)],
  ] as const) {
    await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
    const { pack, expected } = await makePackIn(dir.path, { base, image });
    t.true((await applyToMemory({ pack, base, expected })).equals(image));
  }
});

const CHANGED = edited(BASE, [
  { at: 2_300_000, drop: 5000, insert: BASE.subarray(0, 90_000) },
  { at: 1_000_000, drop: 100, insert: Buffer.concat([content(5, 400_000), content(5, 400_000)]) },
  { at: 70_000, drop: 9, insert: Buffer.from('another word') },
]);

test('from any block on, the rest of the pack makes the rest of the image', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { pack, expected } = await makePackIn(dir.path, { base: BASE, image: CHANGED });
  for (let block = 0; block < blockCount(CHANGED.length); block += 1) {
    const output = Buffer.alloc(CHANGED.length);
    CHANGED.copy(output, 0, 0, block * BLOCK_BYTES);
    t.true((await applyToMemory({ pack, base: BASE, expected }, block, output)).equals(CHANGED));
  }
});

test('the number of processors and threads changes no byte', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { pack, request } = await makePackIn(dir.path, { base: BASE, image: CHANGED });
  for (const threads of ['1', '7']) {
    const output = path.join(dir.path, `threads-${threads}.kdp`);
    const script = `import { makePack } from ${JSON.stringify(new URL('make-pack.ts', import.meta.url).href)};
      await makePack(${JSON.stringify({ ...request, output })});`;
    const processors = threads === '1' ? '0' : '0-63';
    const node = [process.execPath, '--input-type=module', '-e', script];
    const environment = { UV_THREADPOOL_SIZE: threads };
    await commands.run({ tool: 'taskset', args: ['-c', processors, ...node], environment });
    t.true((await readFile(output)).equals(pack));
  }
});

test('an image that is not as long as its manifest says is refused, and no pack is left', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { request } = await makePackIn(dir.path, { base: BASE, image: CHANGED });
  const output = path.join(dir.path, 'other.kdp');
  const images = { ...request.images, imageBytes: 5 };
  await t.throwsAsync(makePack({ ...request, output, images }), { code: 'RELEASE_INVALID' });
  t.deepEqual((await readdir(dir.path)).sort(), ['base.img', 'new.img', 'pack.kdp']);
});

test('a pack that was stopped leaves nothing', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { request } = await makePackIn(dir.path, { base: BASE, image: CHANGED });
  const output = path.join(dir.path, 'other.kdp');
  const signal = AbortSignal.abort(new Error('stopped'));
  await t.throwsAsync(makePack({ ...request, output, signal }), { message: 'stopped' });
  t.deepEqual((await readdir(dir.path)).sort(), ['base.img', 'new.img', 'pack.kdp']);
});

test('a pack is published only when it makes every block, and saves enough', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { pack, request, expected } = await makePackIn(dir.path, { base: BASE, image: CHANGED });
  const blocks = Array.from({ length: blockCount(CHANGED.length) }, (_, index) => ({
    frameBytes: 1,
    sha256: hash(
      'sha256',
      CHANGED.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES),
      'buffer',
    ),
  }));
  const table = {
    imageBytes: CHANGED.length,
    imageSha256: Buffer.from(expected.imageSha256, 'hex'),
    blocks,
  };
  const check = { ...request, pack: request.output, table };
  await t.notThrowsAsync(checkPack(check));
  const wrong = path.join(dir.path, 'wrong.img');
  await writeFile(wrong, Buffer.concat([Buffer.from('x'), BASE.subarray(1)]));
  await t.throwsAsync(checkPack({ ...check, base: wrong }), {
    code: 'RELEASE_INVALID',
    message: /wrong\.img is not/,
  });
  const wrongBlock = { frameBytes: 1, sha256: Buffer.alloc(32) };
  const otherTable = { ...table, blocks: blocks.with(1, wrongBlock) };
  await t.throwsAsync(checkPack({ ...check, table: otherTable }), {
    code: 'RELEASE_INVALID',
    message: /another block 1/,
  });
  await writeFile(request.output, pack.subarray(0, -1));
  await t.throwsAsync(checkPack(check), { code: 'RELEASE_INVALID' });
  t.true(isWorthPublishing(60, 100));
  t.false(isWorthPublishing(61, 100));
});
