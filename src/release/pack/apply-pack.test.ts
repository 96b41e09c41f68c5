import { mkdtempDisposable } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { applyToMemory, content, makePackIn, piecesOf } from '../../../test/release/pack-scene.ts';
import { BLOCK_BYTES } from '../block-table.ts';
import { applyPack } from './apply-pack.ts';
import { encodePackHeader, PACK_HEADER_BYTES, type ExpectedPack } from './pack-format.ts';
import { packReader, readOperationTable } from './pack-reader.ts';

const NOISE = randomBytes(200_000);
const BASE = Buffer.concat([content(1, 400_000), NOISE, content(2, 700_000), Buffer.alloc(90_000)]);
const NEW = randomBytes(250_000);
const EDITED = Buffer.from(BASE.subarray(300_000, 380_000));
for (let at = 0; at < EDITED.length; at += 3000) EDITED.write('changed', at);
const IMAGE = Buffer.concat([content(1, 300_000), EDITED, NEW, NOISE, NEW, content(2, 600_000)]);

/** A pack of every kind of operation. */
async function realPack(): Promise<{ readonly pack: Buffer; readonly expected: ExpectedPack }> {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const { pack, expected, made } = await makePackIn(dir.path, { base: BASE, image: IMAGE });
  for (const { count } of Object.values(made.operations)) {
    if (count === 0) throw new Error('a kind of operation is missing');
  }
  return { pack, expected };
}

/** Whether a damaged pack made an image of the right length; the only other way out is an error with our code. */
async function outcome(pack: Buffer, expected: ExpectedPack): Promise<'made' | 'refused'> {
  try {
    await applyToMemory({ pack, base: BASE, expected });
    return 'made';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'RELEASE_INVALID')
      return 'refused';
    throw error;
  }
}

test('a pack that is cut short anywhere is refused', async (t) => {
  const { pack, expected } = await realPack();
  const { tableFrameBytes } = (await readOperationTable(packReader(piecesOf(pack)), expected))
    .header;
  const lengths = [
    0,
    1,
    PACK_HEADER_BYTES - 1,
    PACK_HEADER_BYTES,
    PACK_HEADER_BYTES + tableFrameBytes - 1,
  ];
  for (let length = PACK_HEADER_BYTES + tableFrameBytes; length < pack.length; length += 9973)
    lengths.push(length);
  for (const length of [...lengths, pack.length - 1]) {
    const cut = pack.subarray(0, length);
    t.is(await outcome(cut, expected), 'refused', `${length} bytes, as listed`);
    t.is(await outcome(cut, { ...expected, packBytes: length }), 'refused', `${length} bytes`);
  }
});

test('a pack that goes on is refused', async (t) => {
  const { pack, expected } = await realPack();
  const longer = Buffer.concat([pack, Buffer.alloc(1)]);
  t.is(await outcome(longer, expected), 'refused');
  t.is(await outcome(longer, { ...expected, packBytes: longer.length }), 'refused');
});

test('whatever is damaged in a pack: an error with our code, or an image of the right length', async (t) => {
  const { pack, expected } = await realPack();
  const change = fc.record({
    // Half of them in header and operations, which come first.
    at: fc.oneof(fc.nat(400), fc.nat(pack.length - 1)),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const damaged = Buffer.from(pack);
      for (const { at, bytes } of changes) damaged.set(bytes.subarray(0, damaged.length - at), at);
      await t.notThrowsAsync(outcome(damaged, expected));
    }),
    { numRuns: 300 },
  );
});

test('whatever operations a pack has: an error with our code, or an image of the right length', async (t) => {
  const { pack, expected } = await realPack();
  const { header, bytes: raw } = await readOperationTable(packReader(piecesOf(pack)), expected);
  const frames = pack.subarray(PACK_HEADER_BYTES + header.tableFrameBytes);
  const change = fc.record({
    at: fc.nat(raw.length),
    drop: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 6 }),
  });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const table = changes.reduce(
        (bytes, { at, drop, insert }) =>
          Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + drop)]),
        Buffer.from(raw),
      );
      const frame = zstdCompressSync(table);
      t.true(zstdDecompressSync(frame).equals(table));
      const lengths = { tableBytes: table.length, tableFrameBytes: frame.length };
      const damaged = Buffer.concat([encodePackHeader({ ...header, ...lengths }), frame, frames]);
      seen.add(await outcome(damaged, { ...expected, packBytes: damaged.length }));
    }),
    { numRuns: 500, examples: [[[{ at: raw.length, drop: 0, insert: new Uint8Array() }]]] },
  );
  t.deepEqual([...seen].sort(), ['made', 'refused']);
});

test('another base gives blocks of the right length that the block table does not know', async (t) => {
  const { pack, expected } = await realPack();
  const other = Buffer.from(BASE);
  other.fill(1, 0, 200_000);
  const made = await applyToMemory({ pack, base: other, expected });
  t.is(made.length, IMAGE.length);
  t.false(made.subarray(0, BLOCK_BYTES).equals(IMAGE.subarray(0, BLOCK_BYTES)));
});

test('a base that ends early stops it', async (t) => {
  const { pack, expected } = await realPack();
  const reader = packReader(piecesOf(pack));
  const table = await readOperationTable(reader, expected);
  const broken = new Error('I/O error');
  const failing = async (): Promise<void> => await Promise.reject(broken);
  const blocks = applyPack({ table, pack: reader, base: failing, output: failing });
  t.is(await t.throwsAsync(Array.fromAsync(blocks)), broken);
});
