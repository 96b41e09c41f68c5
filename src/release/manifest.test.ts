import test from 'ava';
import fc from 'fast-check';
import { KubeosError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest, serialiseManifest, type Manifest } from './manifest.ts';

const sha256 = 'ab'.repeat(32);

const MANIFEST: Manifest = {
  schema: 1,
  name: 'web-node',
  version: '1.4.0',
  epoch: 7,
  arch: 'amd64',
  created: 1_700_000_000,
  image: { fileSystem: 'ext4', size: 3 * 2 ** 20, sha256, blockSize: 4096 },
  full: { size: 1000, sha256 },
  blocks: { size: 156, sha256 },
  boot: {
    kernel: { path: '/boot/vmlinuz', size: 10, sha256 },
    initramfs: { path: '/boot/initramfs.img', size: 10, sha256 },
  },
  kernelArguments: ['console=ttyS0'],
  verity: { rootHash: sha256, salt: sha256, hashOffset: 2 ** 20 },
  securityFloor: 0,
};

const parse = (text: string): Manifest => parseManifest(Buffer.from(text));

test('what is written is read back', (t) => {
  t.deepEqual(parse(serialiseManifest(MANIFEST)), MANIFEST);
  t.is(parse(serialiseManifest({ ...MANIFEST, verity: null })).verity, null);
});

test('only the canonical form is read: no spaces, no other order, no key twice', (t) => {
  const text = serialiseManifest(MANIFEST);
  for (const other of [
    JSON.stringify(MANIFEST, null, 1),
    JSON.stringify(MANIFEST),
    `${text}\n`,
    text.replace('"epoch":7', '"epoch":9,"epoch":7'),
    text.replace('"epoch":7', '"epoch":7.0'),
    text.replace('web-node', String.raw`web\u002dnode`),
  ]) {
    t.throws(() => parse(other), { message: 'manifest.json is not in canonical form' });
  }
});

test('says everything that is wrong, in one error', (t) => {
  const wrong = { ...MANIFEST, name: 'Web Node', epoch: -1, extra: true };
  const error = t.throws(() => parse(JSON.stringify(wrong)), { code: 'RELEASE_INVALID' });
  for (const word of ['name', 'epoch', 'extra']) t.true(error?.message.includes(word), word);
});

const REFUSED: readonly (readonly [string, object])[] = [
  ['another schema', { schema: 2 }],
  ['a name that is a path', { name: '../x' }],
  ['a number beyond 2^53', { epoch: 2 ** 60 }],
  ['an image of half a block', { image: { ...MANIFEST.image, size: 5000 } }],
  ['an endless image', { image: { ...MANIFEST.image, size: 2 ** 50 } }],
  [
    'a kernel beside the root',
    { boot: { ...MANIFEST.boot, kernel: { ...MANIFEST.boot.kernel, path: '/boot/../x' } } },
  ],
  ['an argument that is two', { kernelArguments: ['a b'] }],
  ['a digest in capitals', { full: { size: 1, sha256: 'AB'.repeat(32) } }],
  ['a key named __proto__', JSON.parse('{"__proto__":{"schema":1}}') as object],
];

for (const [title, change] of REFUSED) {
  test(`refuses ${title}`, (t) => {
    const entries = Object.entries({ ...MANIFEST }).concat(Object.entries(change));
    const text = JSON.stringify(Object.fromEntries(entries));
    const error = t.throws(() => parse(text), { code: 'RELEASE_INVALID' });
    // For what it says, not for how it is written.
    t.notRegex(error?.message ?? '', /canonical/);
  });
}

test('nothing longer than its limit is read at all', (t) => {
  const text = Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ');
  t.throws(() => parseManifest(text), { message: /longer than/ });
});

test('whatever bytes come, the error is ours', (t) => {
  const bytes = Buffer.from(serialiseManifest(MANIFEST));
  const mutated = fc
    .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([place, change]) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8((copy.readUInt8(place) + change) % 256, place);
      return copy;
    });
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.nat(bytes.length - 1).map((end) => bytes.subarray(0, end)),
    mutated,
  );
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        parseManifest(text);
      } catch (error) {
        t.true(error instanceof KubeosError && error.code === 'RELEASE_INVALID');
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});
