import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { bootableKernel } from './kernel-image.ts';

/** The header of an arm64 Image as far as a boot loader looks at it. */
function arm64Image(begin = 'MZ'): Buffer {
  const image = Buffer.alloc(4096, 'kernel ');
  image.write(begin, 0, 'latin1');
  image.write('\x40\xfa\0\0\0\0', 2, 'latin1');
  image.write('ARMd', 56, 'latin1');
  return image;
}

function zboot(form: string, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(64);
  header.write('MZ\0\0zimg', 'latin1');
  header.writeUInt32LE(header.length, 8);
  header.writeUInt32LE(payload.length, 12);
  header.write(form, 24, 'latin1');
  return Buffer.concat([header, payload, Buffer.from('signature')]);
}

test('an arm64 kernel is unpacked, however the distribution packs it', (t) => {
  const image = arm64Image();
  for (const packed of [
    image,
    gzipSync(image),
    zboot('gzip', gzipSync(image)),
    zboot('zstd22', zstdCompressSync(image)),
  ]) {
    t.deepEqual(Buffer.from(bootableKernel(packed, 'arm64')), image);
  }
});

test('a kernel of amd64 stays as it is', (t) => {
  const kernel = Buffer.from('bzImage');
  t.is(bootableKernel(kernel, 'amd64'), kernel);
});

test('what GRUB cannot load is refused while the image is built', (t) => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.from('MZ'), /no arm64 kernel image/],
    [arm64Image('\0\0'), /no EFI stub/],
    [zboot('xzkern', Buffer.from('x')), /packed with xzkern/],
    [zboot('gzip', Buffer.from('x')), /with gzip is damaged/],
    [gzipSync(arm64Image()).subarray(0, 30), /with gzip is damaged/],
  ];
  for (const [kernel, message] of cases) {
    t.throws(() => bootableKernel(kernel, 'arm64'), { code: 'BUILD_CHECK_FAILED', message });
  }
});
