import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { BLOCK_BYTES } from './block-table.ts';
import { compressFrame, decompressFrame } from './frame.ts';

const RAW = Buffer.concat([Buffer.alloc(70_000, 'kubeos '), randomBytes(30_000)]);
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
const EMPTY = zstdCompressSync(Buffer.alloc(0), { pledgedSrcSize: 0 });

const refused = test.macro({
  async exec(t, change: (frame: Buffer) => Buffer | Promise<Buffer>, rawBytes?: number) {
    const frame = await change(await compressFrame(RAW, 3));
    t.throws(() => decompressFrame(frame, rawBytes ?? RAW.length), { code: 'RELEASE_INVALID' });
  },
  title: (what = '') => `a frame is refused that ${what}`,
});

test('is cut short', refused, (frame) => frame.subarray(0, -1));
test('is nothing', refused, () => Buffer.alloc(0));
test('has one more byte behind it', refused, (frame) => Buffer.concat([frame, Buffer.alloc(1)]));
test('has another behind it', refused, (frame) => Buffer.concat([frame, frame]));
test('has an empty one behind it', refused, (frame) => Buffer.concat([frame, EMPTY]));
test('has an empty one before it', refused, (frame) => Buffer.concat([EMPTY, frame]));
test('has a skippable one behind it', refused, (frame) => Buffer.concat([frame, SKIPPABLE]));
test('has a skippable one before it', refused, (frame) => Buffer.concat([SKIPPABLE, frame]));
test('is two halves', refused, async () =>
  Buffer.concat([
    await compressFrame(RAW.subarray(0, 50_000), 3),
    await compressFrame(RAW.subarray(50_000), 3),
  ]),
);
test('is empty', refused, () => EMPTY, 1);
test('holds more than expected', refused, (frame) => frame, RAW.length - 1);
test('holds less than expected', refused, (frame) => frame, RAW.length + 1);
test('does not say what it holds', refused, () =>
  zstdCompressSync(RAW, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }),
);
test('has a checksum', refused, () =>
  zstdCompressSync(RAW, {
    pledgedSrcSize: RAW.length,
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  }),
);
test('is longer than a block', refused, (frame) => frame, BLOCK_BYTES + 1);

test('a frame asks for no window wider than 2 MiB', (t) => {
  // Magic number; content's size in 4 bytes; a window of 2^27; one raw block with one byte, the last.
  const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x80, 17 << 3, 1, 0, 0, 0, 0x09, 0, 0, 65]);
  t.throws(() => decompressFrame(wide, 1), { code: 'RELEASE_INVALID', message: /window/ });
  wide[5] = 11 << 3;
  t.is(decompressFrame(wide, 1).toString(), 'A');
});

test('a frame with a dictionary needs the same dictionary', async (t) => {
  const dictionary = randomBytes(4096);
  const raw = Buffer.concat([dictionary.subarray(7), Buffer.from('and more')]);
  const frame = await compressFrame(raw, 3, dictionary);
  t.true(frame.length < 100);
  t.deepEqual(decompressFrame(frame, raw.length, dictionary), raw);
  t.throws(() => decompressFrame(frame, raw.length), { code: 'RELEASE_INVALID' });
  const other = decompressFrame(frame, raw.length, Buffer.alloc(4096));
  t.false(other.equals(raw), 'zstd itself cannot tell: the block table does');
});

test('bytes that zstd would take for a dictionary with tables are refused as one', (t) => {
  for (const dictionary of [Buffer.from('37a430ec00000000', 'hex'), Buffer.alloc(7)]) {
    t.throws(() => decompressFrame(zstdCompressSync(RAW), RAW.length, dictionary), {
      code: 'RELEASE_INVALID',
      message: /dictionary/,
    });
  }
});

test('whatever is changed in a frame: an error with our code, or the length that was asked for', async (t) => {
  const frame = await compressFrame(RAW, 3);
  const change = fc.record({
    at: fc.nat(frame.length - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const damaged = Buffer.from(frame);
      for (const { at, bytes } of changes) damaged.set(bytes.subarray(0, damaged.length - at), at);
      try {
        t.is(decompressFrame(damaged, RAW.length).length, RAW.length);
      } catch (error) {
        t.like(error, { code: 'RELEASE_INVALID' });
      }
    }),
    { numRuns: 500 },
  );
});

test('a frame that ends where a buffer of zlib ends is one frame', async (t) => {
  // What cannot be compressed becomes 10 bytes longer: then it fills a buffer of Node's to the last byte.
  for (let rawBytes = 2 ** 14 - 16; rawBytes <= 2 ** 14; rawBytes += 1) {
    const raw = randomBytes(rawBytes);
    const frame = await compressFrame(raw, 3);
    t.true(decompressFrame(frame, rawBytes).equals(raw), `${rawBytes} bytes`);
  }
  for (let lost = 0; lost < 64; lost += 1) {
    const raw = Buffer.concat([randomBytes(2 ** 17 - lost), Buffer.alloc(2 ** 19)]);
    t.true(decompressFrame(await compressFrame(raw, 3), raw.length).equals(raw), `${lost} lost`);
  }
});
