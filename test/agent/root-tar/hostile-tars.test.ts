import { randomBytes } from 'node:crypto';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import type { TestMember } from '../../../src/builder/bases/testing/write-test-tar.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { KubeosError } from '../../../src/errors.ts';
import { assertClean, checksumOf, commands, makeImage, ROOT, rootTar } from './tar-of-root.ts';

const temporary = async () => await mkdtempDisposable('/var/tmp/kubeos-root-tar-');

const HOSTILE: readonly (readonly [string, readonly TestMember[], RegExp])[] = [
  ['a name that climbs', [{ name: 'a/../../etc/passwd' }], /"\.\."/],
  ['an absolute name', [{ name: '/etc/passwd' }], /absolute/],
  [
    'a way through a link',
    [{ name: 'a', type: 'symlink', target: '/' }, { name: 'a/x' }],
    /no directory/,
  ],
  ['a way over a file', [{ name: 'a', content: 'file' }, { name: 'a/b/c' }], /no directory/],
  [
    'a directory in place of a file',
    [{ name: 'a' }, { name: 'a/', type: 'directory' }],
    /no directory/,
  ],
  ['the same name twice', [{ name: 'a' }, { name: './a' }], /twice/],
  ['a hard link out', [{ name: 'a', type: 'hardlink', target: '/etc/shadow' }], /absolute/],
  ['a hard link to nothing', [{ name: 'a', type: 'hardlink', target: 'b' }], /before what/],
  [
    'a hard link to a directory',
    [
      { name: 'd/', type: 'directory' },
      { name: 'a', type: 'hardlink', target: 'd' },
    ],
    /to a directory/,
  ],
  ['a link without end', [{ name: 'a', type: 'symlink', target: 'x'.repeat(5000) }], /good target/],
  ['a name without end', [{ name: 'x'.repeat(300) }], /too long/],
  ['the root as a file', [{ name: './', type: 'fifo' }], /root is no directory/],
  [
    'an access control list',
    [{ name: 'a', extended: new Map([['SCHILY.acl.access', 'u::rw-']]) }],
    /--acls/,
  ],
  [
    'an attribute of another kind',
    [{ name: 'a', extended: new Map([['SCHILY.xattr.system.x', '1']]) }],
    /not supported/,
  ],
  [
    'attributes without end',
    [{ name: 'a', extended: new Map([['SCHILY.xattr.user.x', 'x'.repeat(5000)]]) }],
    /too many extended/,
  ],
  [
    'a device without number',
    [{ name: 'a', type: 'block-device', major: 2 ** 20, minor: 0 }],
    /no good number/,
  ],
];

for (const [title, members, message] of HOSTILE) {
  test(`${title} is refused, and nothing is there to be booted`, async (t) => {
    await using dir = await temporary();
    const image = path.join(dir.path, 'image');
    const made = makeImage(await rootTar(dir.path, [...ROOT, ...members]), image);
    await t.throwsAsync(made, { code: 'RELEASE_INVALID', message });
    t.not((await readFile(image)).readUInt16LE(1024 + 56), 0xef53);
  });
}

test('a tar with another checksum says so, whatever else is wrong with it', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  const right = await rootTar(dir.path);
  const other = { ...right, checksum: 'a'.repeat(64) };
  const expected = { code: 'RELEASE_INVALID', message: new RegExp(`${right.checksum}, not aaaa`) };
  await t.throwsAsync(makeImage(other, image), expected);
  await writeFile(right.file, 'an error page');
  await t.throwsAsync(makeImage(other, image), { code: 'RELEASE_INVALID', message: /, not aaaa/ });
});

test('sparse files, packed tars and tars that end early are named', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  const { file } = await rootTar(dir.path);
  const refused = async (bytes: Uint8Array, message: RegExp): Promise<void> => {
    await writeFile(file, bytes);
    const made = makeImage({ file, checksum: await checksumOf(file) }, image);
    await t.throwsAsync(made, { code: 'RELEASE_INVALID', message });
  };
  const whole = await readFile(file);
  const middle = whole.indexOf('initramfs.img') + 512 + 4;
  await refused(whole.subarray(0, middle), /ends too early/);
  await refused(gzipSync(randomBytes(4096)), /packed/);
  const root = path.join(dir.path, 'root');
  await mkdir(root);
  await commands.run({ tool: 'truncate', args: ['-s', '9M', path.join(root, 'holes')] });
  await commands.run({ tool: 'tar', args: ['--sparse', '-C', root, '-cf', file, '.'] });
  await refused(await readFile(file), /--sparse/);
});

test('what does not fit is given up before it is written', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  const tar = await rootTar(dir.path, [...ROOT, { name: 'big', content: 'x'.repeat(3 * MIB) }]);
  const made = makeImage(tar, image, { capacity: 2 * MIB });
  await t.throwsAsync(made, { code: 'NO_SPACE', message: /root partition of 2097152 bytes/ });
  const bomb = await readFile(tar.file);
  // A header that promises more than any disk has.
  const at = bomb.indexOf('big\0');
  bomb.write('77777777777\0', at + 124, 'latin1');
  bomb.fill(' ', at + 148, at + 156);
  const sum = bomb.subarray(at, at + 512).reduce((all, byte) => all + byte, 0);
  bomb.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  await writeFile(tar.file, bomb);
  const promising = { ...tar, checksum: await checksumOf(tar.file) };
  await t.throwsAsync(makeImage(promising, image), { code: 'NO_SPACE' });
});

test('any damage gives a clear refusal, or a file system without a fault', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  const { file } = await rootTar(dir.path);
  const whole = await readFile(file);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  const damaged = fc.array(change, { minLength: 1, maxLength: 8 });
  const property = fc.asyncProperty(damaged, async (changes) => {
    const bytes = Buffer.from(whole);
    for (const [at, value] of changes) bytes[at] = value;
    await writeFile(file, bytes);
    try {
      await makeImage({ file, checksum: await checksumOf(file) }, image);
    } catch (error) {
      return error instanceof KubeosError;
    }
    await assertClean(image);
    return true;
  });
  await t.notThrowsAsync(fc.assert(property, { numRuns: 150 }));
});
