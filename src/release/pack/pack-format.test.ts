import test from 'ava';
import fc from 'fast-check';
import { BLOCK_BYTES } from '../block-table.ts';
import { compressFrame } from '../frame.ts';
import type { Operation } from './operation.ts';
import {
  cursorOfBlock,
  decodeOperationTable,
  decodePackHeader,
  encodePackHeader,
  maxTableBytes,
  operations,
  PACK_HEADER_BYTES,
  type PackHeader,
} from './pack-format.ts';
import { tableWriter } from './table-writer.ts';

const MIB = BLOCK_BYTES;
const IMAGES = { baseBytes: 5 * MIB, baseSha256: 'ba'.repeat(32), imageSha256: 'ce'.repeat(32) };
const GOOD: readonly Operation[] = [
  { kind: 'copy', bytes: MIB + 5, offset: 3 * MIB },
  {
    kind: 'delta',
    bytes: 70_000,
    frameBytes: 90,
    dictionaryOffset: 4 * MIB,
    dictionaryBytes: 2 ** 18,
  },
  { kind: 'self', bytes: 4096, offset: 0 },
  { kind: 'frame', bytes: MIB, frameBytes: MIB },
  { kind: 'copy', bytes: 1, offset: 5 * MIB - 1 },
];

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/** Header and table's frame of a pack with these operations; its frames are only counted. */
async function packOf(list: readonly Operation[], change: Partial<PackHeader> = {}) {
  const writer = tableWriter();
  for (const operation of list) writer.add(operation);
  const raw = writer.bytes();
  const frame = await compressFrame(raw, 3);
  const frames = sum(
    list.map((operation) => ('frameBytes' in operation ? operation.frameBytes : 0)),
  );
  const header: PackHeader = {
    ...IMAGES,
    imageBytes: sum(list.map(({ bytes }) => bytes)),
    tableBytes: raw.length,
    tableFrameBytes: frame.length,
    packBytes: PACK_HEADER_BYTES + frame.length + frames,
    ...change,
  };
  return { header, frame };
}

const refused = test.macro({
  async exec(t, list: readonly Operation[], change: Partial<PackHeader> = {}) {
    const { header, frame } = await packOf(list, change);
    t.throws(() => decodeOperationTable(header, frame), { code: 'RELEASE_INVALID' });
  },
  title: (what = '') => `a table is refused that ${what}`,
});

test('operations come back as they were written', async (t) => {
  const { header, frame } = await packOf(GOOD);
  const table = decodeOperationTable(header, frame);
  t.deepEqual(
    [...operations(table)].map(({ operation }) => operation),
    GOOD,
  );
});

test('operations are these bytes, for ever', (t) => {
  const writer = tableWriter();
  writer.add({ kind: 'copy', bytes: 5, offset: 300 });
  writer.add({ kind: 'self', bytes: 4, offset: 1 });
  const window = { dictionaryOffset: 250, dictionaryBytes: 64 };
  writer.add({ kind: 'delta', bytes: 100, frameBytes: 20, ...window });
  writer.add({ kind: 'frame', bytes: 1, frameBytes: 10 });
  t.is(Buffer.from(writer.bytes()).toString('hex'), '14d80411009203147540070a');
});

test('any operations come back as they were written', async (t) => {
  const offset = fc.nat(5 * MIB - 2 ** 18);
  const bytes = fc.integer({ min: 1, max: 2 ** 18 });
  const frameBytes = fc.integer({ min: 1, max: MIB });
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('copy' as const), bytes, offset }),
    fc.record({ kind: fc.constant('frame' as const), bytes, frameBytes }),
    fc.record({
      kind: fc.constant('delta' as const),
      bytes,
      frameBytes,
      dictionaryOffset: offset,
      dictionaryBytes: fc.integer({ min: 8, max: 2 ** 18 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 40 }), async (list) => {
      const { header, frame } = await packOf(list);
      const table = decodeOperationTable(header, frame);
      t.deepEqual(
        [...operations(table)].map(({ operation }) => operation),
        list,
      );
    }),
    { numRuns: 50 },
  );
});

test('a block is found in the operation that makes its first byte', async (t) => {
  const { header, frame } = await packOf(GOOD);
  const table = decodeOperationTable(header, frame);
  const placed = [...operations(table)];
  t.deepEqual(cursorOfBlock(table, 0), placed[0]?.cursor);
  t.deepEqual(cursorOfBlock(table, 1), placed[0]?.cursor);
  t.deepEqual(cursorOfBlock(table, 2), placed[3]?.cursor);
  t.deepEqual(cursorOfBlock(table, 2, placed[0]?.cursor), placed[3]?.cursor);
  t.deepEqual(cursorOfBlock(table, 2, placed[3]?.cursor), placed[3]?.cursor);
  t.throws(() => cursorOfBlock(table, 3), { instanceOf: RangeError });
});

const [copy, delta, self, frame] = GOOD as [
  Operation,
  Operation & { kind: 'delta' },
  Operation,
  Operation,
];

test('makes less than the image', refused, GOOD, { imageBytes: 3 * MIB });
test('makes more than the image', refused, GOOD, { imageBytes: MIB });
test('has more frames than the pack', refused, GOOD, { packBytes: 2000 });
test('leaves bytes of the pack over', refused, GOOD, { packBytes: 4 * MIB });
test('makes nothing', refused, [{ ...copy, bytes: 0 }, frame]);
test('copies from behind the base', refused, [{ ...copy, kind: 'copy', offset: 5 * MIB - 5 }]);
test('copies from before the base', refused, [{ ...copy, kind: 'copy', offset: -1 }]);
test('repeats from before the image', refused, [copy, { ...self, kind: 'self', offset: -1 }]);
test('has a frame of more than a block', refused, [{ ...frame, bytes: MIB + 1 }]);
test('has a frame of no bytes', refused, [{ kind: 'frame', bytes: 1, frameBytes: 0 }]);
test('has a frame that is too long', refused, [{ kind: 'frame', bytes: 1, frameBytes: 2 * MIB }]);
test('has a dictionary of more than 256 KiB', refused, [
  { ...delta, dictionaryBytes: 2 ** 18 + 1 },
]);
test('has a dictionary of less than 8 bytes', refused, [{ ...delta, dictionaryBytes: 7 }]);
test('has a dictionary outside the base', refused, [{ ...delta, dictionaryOffset: 5 * MIB - 9 }]);

test('a table that ends inside an operation is refused', async (t) => {
  const writer = tableWriter();
  for (const operation of GOOD) writer.add(operation);
  const raw = writer.bytes();
  for (let length = 1; length < raw.length; length += 1) {
    const frame = await compressFrame(raw.subarray(0, length), 3);
    const { header } = await packOf(GOOD, { tableBytes: length, tableFrameBytes: frame.length });
    t.throws(() => decodeOperationTable(header, frame), { code: 'RELEASE_INVALID' });
  }
});

test('a header is taken only as the metadata says', async (t) => {
  const { header } = await packOf(GOOD);
  const bytes = encodePackHeader(header);
  t.deepEqual(decodePackHeader(bytes, header), header);
  for (let at = 0; at < 88; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    t.throws(() => decodePackHeader(damaged, header), { code: 'RELEASE_INVALID' }, `byte ${at}`);
  }
  t.throws(() => decodePackHeader(bytes.subarray(1), header), { code: 'RELEASE_INVALID' });
});

test('a table may take no more than its image warrants, nor more than the pack has', async (t) => {
  const { header } = await packOf(GOOD);
  const most = maxTableBytes(header.imageBytes);
  for (const lengths of [
    { tableBytes: most + 1 },
    { tableBytes: 2 ** 32 - 1, tableFrameBytes: 2 ** 32 - 1 },
    { tableFrameBytes: header.packBytes },
    { tableFrameBytes: header.tableBytes + 2 ** 13 },
  ]) {
    const bytes = encodePackHeader({ ...header, ...lengths });
    t.throws(() => decodePackHeader(bytes, header), { code: 'RELEASE_INVALID' });
  }
});
