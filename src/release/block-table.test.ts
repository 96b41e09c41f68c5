import { createHash, randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { KubeosError } from '../errors.ts';
import {
  BLOCK_BYTES,
  blockCount,
  decodeBlockTable,
  encodeBlockTable,
  type BlockTable,
} from './block-table.ts';

function tableOf(imageBytes: number): BlockTable {
  const blocks = Array.from({ length: blockCount(imageBytes) }, (_, index) => ({
    frameBytes: 1000 + index,
    sha256: createHash('sha256').update(String(index)).digest(),
  }));
  return { imageBytes, imageSha256: createHash('sha256').update('image').digest(), blocks };
}

const expectedOf = (table: BlockTable) => ({
  imageBytes: table.imageBytes,
  imageSha256: Buffer.from(table.imageSha256).toString('hex'),
  compressedBytes: table.blocks.reduce((sum, { frameBytes }) => sum + frameBytes, 0),
});

const imageBytes = fc.integer({ min: 1, max: 40 }).map((pages) => pages * 300_000);

test('what is written is read back', (t) => {
  fc.assert(
    fc.property(imageBytes, (size) => {
      const table = tableOf(size);
      const found = decodeBlockTable(encodeBlockTable(table), expectedOf(table));
      t.deepEqual(encodeBlockTable(found), encodeBlockTable(table));
    }),
  );
});

test('takes 36 bytes for each MiB of the image, and 48 more', (t) => {
  t.is(encodeBlockTable(tableOf(7 * BLOCK_BYTES + 1)).length, 48 + 8 * 36);
});

test('a table that was cut, lengthened or filled with anything is refused', (t) => {
  const table = tableOf(5 * BLOCK_BYTES);
  const bytes = encodeBlockTable(table);
  const cut = fc.integer({ min: 0, max: bytes.length - 1 }).map((end) => bytes.subarray(0, end));
  const longer = fc
    .uint8Array({ minLength: 1, maxLength: 80 })
    .map((more) => Buffer.concat([bytes, more]));
  const random = fc.uint8Array({ minLength: bytes.length, maxLength: bytes.length });
  fc.assert(
    fc.property(fc.oneof(cut, longer, random), (hostile) => {
      const error = t.throws(() => decodeBlockTable(hostile, expectedOf(table)), {
        instanceOf: KubeosError,
      });
      t.is(error.code, 'RELEASE_INVALID');
    }),
  );
});

test('whatever of the header and the frame lengths changes is noticed', (t) => {
  const table = tableOf(3 * BLOCK_BYTES);
  const bytes = encodeBlockTable(table);
  const places = [...Array.from({ length: 52 }, (_, place) => place), 84, 87, 120];
  for (const place of places) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8((changed.readUInt8(place) + 1) % 256, place);
    t.throws(() => decodeBlockTable(changed, expectedOf(table)), { code: 'RELEASE_INVALID' });
  }
});

test('a table of another image of the same size is refused', (t) => {
  const table = tableOf(3 * BLOCK_BYTES);
  const expected = { ...expectedOf(table), imageSha256: randomBytes(32).toString('hex') };
  t.throws(() => decodeBlockTable(encodeBlockTable(table), expected), {
    message: 'image.blocks is of another image',
  });
});

test('no frame is longer than its block can make it, and none is empty', (t) => {
  const table = tableOf(2 * BLOCK_BYTES);
  for (const [first, second] of [
    [0, 2001],
    [2 * BLOCK_BYTES, 1],
  ] as const) {
    const bytes = encodeBlockTable(table);
    bytes.writeUInt32LE(first, 48);
    bytes.writeUInt32LE(second, 84);
    const expected = { ...expectedOf(table), compressedBytes: first + second };
    t.throws(() => decodeBlockTable(bytes, expected), { message: /gives block 0 a frame/ });
  }
});
