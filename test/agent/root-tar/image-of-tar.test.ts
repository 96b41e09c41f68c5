import { createHash } from 'node:crypto';
import {
  link,
  mkdir,
  mkdtempDisposable,
  open,
  readFile,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { writeRootTar } from '../../../src/agent/root-tar/write-root-tar.ts';
import { encodeHeader } from '../../../src/disk/tar/tar-header.ts';
import type { TestMember } from '../../../src/builder/bases/testing/write-test-tar.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { assertClean, checksumOf, commands, debugfs, makeImage, rootTar } from './tar-of-root.ts';

const temporary = async () => await mkdtempDisposable('/var/tmp/kubeos-root-tar-');

async function sampleTree(root: string): Promise<void> {
  await mkdir(path.join(root, 'a/b/c'), { recursive: true });
  const at = (name: string): string => path.join(root, name);
  for (let index = 0; index < 600; index += 1) {
    await writeFile(at(`a/b/a-name-of-some-length-${index}`), `content ${index}`);
  }
  await writeFile(at('large'), Buffer.alloc(5 * MIB + 3, 'large'));
  await writeFile(at('empty'), '');
  await writeFile(at(`a/${'long'.repeat(60)}`), 'a name that needs more than one header');
  await writeFile(at('ä'), 'not ASCII');
  await link(at('a/b/a-name-of-some-length-1'), at('a/b/c/linked'));
  await symlink('/etc/target', at('a/short'));
  await symlink(`/${'far/'.repeat(40)}away`, at('a/long'));
}

for (const format of ['ustar', 'gnu', 'posix', 'v7']) {
  test(`what GNU tar packs as ${format} comes out of the image as it went in`, async (t) => {
    await using dir = await temporary();
    const root = path.join(dir.path, 'root');
    await sampleTree(root);
    const file = path.join(dir.path, 'root.tar');
    const leftOut = format === 'ustar' || format === 'v7' ? ['--exclude=long*', '--exclude=ä'] : [];
    const args = [`--format=${format}`, '-C', root, ...leftOut, '-cf', file, '.'];
    await commands.run({ tool: 'tar', args });
    const image = path.join(dir.path, 'image');
    const { image: written } = await makeImage({ file, checksum: await checksumOf(file) }, image, {
      pieceBytes: 999,
    });
    await assertClean(image);
    t.is((await readFile(image)).length, written.size);
    t.is(
      await hashesOf(image),
      written.hashes.map((sum) => Buffer.from(sum).toString('hex')).join(),
    );
    const out = path.join(dir.path, 'out');
    await mkdir(out);
    await debugfs(image, 'rdump', '/', out);
    const same = ['-r', '--no-dereference', '--exclude=lost+found', ...leftOut, root, out];
    await t.notThrowsAsync(commands.run({ tool: 'diff', args: same }));
    const names = await debugfs(image, 'ncheck', await inodeOf(image, '/a/b/c/linked'));
    t.true(names.includes('/a/b/c/linked') && names.includes('/a/b/a-name-of-some-length-1'));
  });
}

async function hashesOf(image: string): Promise<string> {
  const bytes = await readFile(image);
  const sums: string[] = [];
  for (let at = 0; at < bytes.length; at += MIB) {
    sums.push(
      createHash('sha256')
        .update(bytes.subarray(at, at + MIB))
        .digest('hex'),
    );
  }
  return sums.join();
}

async function inodeOf(image: string, name: string): Promise<string> {
  return /Inode: (\d+)/.exec(await debugfs(image, 'stat', name))?.[1] ?? '';
}

test('owners, modes, times, devices, capabilities and labels are kept', async (t) => {
  await using dir = await temporary();
  const many = new Map([
    ['SCHILY.xattr.security.capability', '\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0'],
    ['RHT.security.selinux', 'system_u:object_r:bin_t:s0'],
    ['SCHILY.xattr.user.note', 'x'.repeat(300)],
  ]);
  const file = {
    mode: 0o4711,
    uid: 70_000,
    gid: 2 ** 32 - 2,
    mtime: '7258118400.5',
    extended: many,
  };
  const device = { name: 'dev/sda', type: 'block-device', major: 8, minor: 0 } as const;
  const members: readonly TestMember[] = [
    { name: 'etc/', type: 'directory', mode: 0o700, uid: 3 },
    { name: 'etc/odd', content: 'odd', ...file },
    { name: 'etc/one', extended: new Map([...many].slice(0, 1)) },
    device,
    { ...device, name: 'dev/far', type: 'character-device', major: 300, minor: 70_000 },
    { name: 'pipe', type: 'fifo' },
    { name: './', type: 'directory', mode: 0o555 },
  ];
  const image = path.join(dir.path, 'image');
  await makeImage(await rootTar(dir.path, members), image);
  await assertClean(image);
  const odd = await debugfs(image, 'stat', '/etc/odd');
  t.regex(odd, /Mode: {2}04711 .*User: 70000 {3}Group: {4}-2 /s);
  t.regex(odd, /mtime: 0x\w+:00000002 -- .* 2200/);
  const kept = path.join(dir.path, 'kept');
  for (const [keyword, value] of many) {
    const isLabel = keyword === 'RHT.security.selinux';
    const name = isLabel ? 'security.selinux' : keyword.slice('SCHILY.xattr.'.length);
    await debugfs(image, 'ea_get', '-f', kept, '/etc/odd', name);
    t.is(await readFile(kept, 'latin1'), isLabel ? `${value}\0` : value);
  }
  t.regex(await debugfs(image, 'stat', '/etc/one'), /File ACL: 0\b.*security\.capability \(20\)/s);
  t.regex(await debugfs(image, 'stat', '/etc'), /Mode: {2}0700 .*User: {5}3/s);
  t.regex(await debugfs(image, 'stat', '/'), /Mode: {2}0555 /);
  t.regex(await debugfs(image, 'stat', '/dev/sda'), /block special.*08:00 /s);
  t.regex(await debugfs(image, 'stat', '/dev/far'), /character special.*300:70000/s);
  t.regex(await debugfs(image, 'stat', '/pipe'), /FIFO/);
});

test('a file of more than four extents is whole', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  const size = 600 * MIB;
  const header = encodeHeader({
    ...{ name: 'large', mode: 0o644, uid: 0, gid: 0, size, mtime: 0, typeFlag: '0' },
    ...{ linkName: '', major: 0, minor: 0 },
  });
  function* pieces(): Generator<Buffer> {
    yield header;
    for (let done = 0; done < size; done += MIB) yield ZEROS;
    yield Buffer.alloc(1024);
  }
  const sum = createHash('sha256');
  for (const piece of pieces()) sum.update(piece);
  await using target = await open(image, 'w');
  const written = await writeRootTar({
    ...{ checksum: sum.digest('hex'), capacity: 640 * MIB },
    pieces: (async function* () {
      yield* pieces();
    })(),
    async write(bytes, position) {
      // A hole takes no time.
      if (!ZEROS.equals(bytes)) await target.write(bytes, 0, bytes.length, position);
    },
  });
  await target.truncate(written.image.size);
  await assertClean(image);
  t.regex(await debugfs(image, 'stat', '/large'), /EXTENTS:\n\(ETB0\)/);
});

const ZEROS = Buffer.alloc(MIB);
