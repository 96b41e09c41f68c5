import { mkdtempDisposable, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { commonAfter, commonBefore, imageBytes, type ImageBytes } from './image-bytes.ts';

const inMemory = (bytes: Uint8Array): ImageBytes => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, Math.min(bytes.length, offset + length)),
});

/** How many bytes are the same, one by one. */
function sameBytes(left: Uint8Array, right: Uint8Array): number {
  const different = left.findIndex((byte, index) => byte !== right[index]);
  return different === -1 ? left.length : different;
}

const few = fc.uint8Array({ maxLength: 40, max: 1 });
const scene = fc.record({ left: few, right: few, common: few, limit: fc.nat(200_000) });

test('two images are alike up to the first byte that differs, either way', (t) => {
  fc.assert(
    fc.property(scene, ({ left, right, common, limit }) => {
      const shared = Buffer.concat([common, Buffer.alloc(limit % 3 === 0 ? 150_000 : 10, 7)]);
      const [a, b] = [Buffer.concat([shared, left]), Buffer.concat([shared, right])];
      const after = (bytes: Uint8Array) => ({ image: inMemory(bytes), offset: 0 });
      t.is(commonAfter(after(a), after(b), limit), Math.min(limit, sameBytes(a, b)));
      const before = (bytes: Uint8Array) => ({
        image: inMemory(bytes.toReversed()),
        offset: bytes.length,
      });
      t.is(commonBefore(before(a), before(b), limit), Math.min(limit, sameBytes(a, b)));
    }),
    { numRuns: 60 },
  );
});

test('an image larger than what is held of it is read forwards, backwards and anywhere', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  const bytes = Buffer.from(Uint32Array.from({ length: 1_300_000 }, (_, index) => index).buffer);
  const file = path.join(dir.path, 'image');
  await writeFile(file, bytes);
  await using handle = await open(file);
  const image = imageBytes(handle.fd, bytes.length);
  for (let offset = 0; offset < bytes.length; offset += 700_001) {
    t.true(bytes.subarray(offset, offset + 2 ** 20).equals(image.read(offset, 2 ** 20)));
  }
  for (let offset = bytes.length - 5; offset >= 0; offset -= 300_001) {
    t.true(bytes.subarray(offset, offset + 65_536).equals(image.read(offset, 65_536)));
  }
  t.is(image.read(bytes.length, 100).length, 0);
});
