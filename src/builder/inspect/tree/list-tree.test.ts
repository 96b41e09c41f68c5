import { createHash } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtempDisposable,
  open,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { MIB } from '../../../disk/layout.ts';
import { hostCommands } from '../../../host/run-commands.ts';
import { compareText } from '../../inventory/compare-text.ts';
import type { FileNode } from './file-node.ts';
import { listTree, type FileSystemPlace } from './list-tree.ts';
import { hashContent } from './read-content.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-tree-'));

/** What differs between file systems in how they store it: names, links, owners, sizes, holes, many entries. */
async function makeSource(tree: string): Promise<void> {
  const at = (name: string): string => path.join(tree, name);
  await mkdir(at('etc'), { recursive: true });
  await mkdir(at('many'));
  await mkdir(at('empty directory'));
  for (let index = 0; index < 700; index += 1) {
    await writeFile(at(`many/a-name-of-some-length-${index}`), String(index));
  }
  await writeFile(at('etc/shadow'), 'secret');
  await chmod(at('etc/shadow'), 0o640);
  await writeFile(at('empty'), '');
  await writeFile(at('setuid'), Buffer.alloc(1_300_000, 'content '));
  await chmod(at('setuid'), 0o4755);
  await writeFile(at('dev-disk-by\\x2dlabel "quoted" name.device'), 'odd name');
  await writeFile(at('größe'), 'not ASCII');
  await link(at('setuid'), at('zz hard link'));
  await symlink('etc/shadow', at('short'));
  await symlink(`/${'long/'.repeat(40)}target`, at('long link'));
  {
    await using sparse = await open(at('sparse'), 'wx');
    for (const [text, position] of [
      ['one', 0],
      ['two', 700_000],
      ['three', 3_000_000],
    ] as const) {
      await sparse.write(Buffer.from(text), 0, text.length, position);
    }
    await sparse.truncate(3_500_000);
  }
  await chmod(at('empty directory'), 0o1777);
}

/** A line of everything that must survive, so that a difference can be read. */
const describe = (node: Omit<FileNode, 'content' | 'attributes'>, sha256: string): string =>
  [
    node.path,
    node.kind,
    node.mode.toString(8),
    `${node.uid}:${node.gid}`,
    node.size,
    node.target,
    sha256,
  ].join(' | ');

async function describeSource(tree: string): Promise<string[]> {
  const names = ['', ...(await readdir(tree, { recursive: true }))];
  const lines = await Promise.all(
    names.map(async (name) => {
      const place = path.join(tree, name);
      const found = await lstat(place);
      const { mode, uid, gid, size } = found;
      const kind = found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'file';
      const target = kind === 'link' ? await readlink(place) : null;
      const sha256 = kind === 'file' ? sha256Of(await readFile(place)) : '';
      const node = { path: `/${name}`, kind, mode: mode & 0o7777, uid, gid, target } as const;
      return describe({ ...node, size: kind === 'directory' ? 0 : size }, sha256);
    }),
  );
  return lines.toSorted(compareText);
}

async function describeTree(place: FileSystemPlace): Promise<string[]> {
  const tree = await listTree(place, commands);
  const lines: string[] = [];
  for (const node of tree.values()) {
    if (node.path.startsWith('/lost+found')) continue;
    lines.push(describe(node, node.content === null ? '' : await hashContent(node.content)));
  }
  return lines.toSorted(compareText);
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Maker = (tree: string, image: string) => Promise<void>;

const ext =
  (...args: readonly string[]): Maker =>
  async (tree, image) => {
    await commands.run({ tool: 'mke2fs', args: ['-q', '-F', ...args, '-d', tree, image, '32M'] });
  };

const MAKERS: Readonly<Record<string, Maker>> = {
  'ext4 with 4 KiB blocks': ext('-t', 'ext4', '-b', '4096'),
  'ext4 with 1 KiB blocks and small inodes': ext('-t', 'ext4', '-b', '1024', '-I', '128'),
  'ext2 with its block maps': ext('-t', 'ext2', '-b', '1024'),
  squashfs: async (tree, image) => {
    const args = [tree, image, '-quiet', '-no-progress', '-comp', 'gzip'];
    await commands.run({ tool: 'mksquashfs', args });
  },
  erofs: async (tree, image) => {
    await commands.run({ tool: 'mkfs.erofs', args: ['-zlz4hc', image, tree] });
  },
};

const readsAll = test.macro({
  title: (_, name: string) =>
    `${name}: every path, mode, owner, size, link and byte is read, at an offset in a disk`,
  async exec(t, name: string) {
    await using dir = await temporary();
    const source = path.join(dir.path, 'source');
    const image = path.join(dir.path, 'image');
    const disk = path.join(dir.path, 'disk');
    await makeSource(source);
    await MAKERS[name]?.(source, image);
    await writeFile(disk, '');
    await truncate(disk, 40 * MIB);
    await copySparse(image, disk, { offset: 3 * MIB });
    const type = name.split(' ')[0] ?? '';
    const { size } = await stat(image);
    const found = await describeTree({
      file: disk,
      offset: 3 * MIB,
      size,
      type,
      scratch: dir.path,
    });
    t.deepEqual(found, await describeSource(source));
  },
});
for (const name of Object.keys(MAKERS)) test(readsAll, name);

test('ext4: a file in many pieces is put together through a deep extent tree', async (t) => {
  await using dir = await temporary();
  const source = path.join(dir.path, 'source');
  const image = path.join(dir.path, 'image');
  await mkdir(source);
  {
    await using file = await open(path.join(source, 'holes'), 'wx');
    for (let piece = 0; piece < 2000; piece += 1) {
      await file.write(Buffer.from(`piece ${piece}`), 0, null, piece * 8192);
    }
  }
  await MAKERS['ext4 with 4 KiB blocks']?.(source, image);
  const place = { file: image, offset: 0, size: 32 * MIB, type: 'ext4', scratch: dir.path };
  t.deepEqual(await describeTree(place), await describeSource(source));
});

test('ext4: extended attributes are read from the inode and from their own block', async (t) => {
  await using dir = await temporary();
  const source = path.join(dir.path, 'source');
  const image = path.join(dir.path, 'image');
  await mkdir(source);
  await writeFile(path.join(source, 'file'), 'x');
  await MAKERS['ext4 with 4 KiB blocks']?.(source, image);
  const long = 'v'.repeat(300);
  const script = [
    'ea_set /file user.short value',
    `ea_set /file user.long ${long}`,
    'ea_set /file security.capability caps',
  ];
  const input = `${script.join('\n')}\n`;
  await commands.run({ tool: 'debugfs', args: ['-w', '-f', '-', image], input });
  const tree = await listTree(
    { file: image, offset: 0, size: 32 * MIB, type: 'ext4', scratch: dir.path },
    commands,
  );
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  t.deepEqual(
    [...(tree.get('/file')?.attributes ?? [])],
    [
      ['security.capability', hex('caps')],
      ['user.long', hex(long)],
      ['user.short', hex('value')],
    ],
  );
  t.deepEqual([...(tree.get('/')?.attributes ?? [])], []);
});

test('names the file system that it cannot read', async (t) => {
  await using dir = await temporary();
  const image = path.join(dir.path, 'image');
  await writeFile(image, Buffer.alloc(100_000));
  const place = { file: image, offset: 0, size: 100_000, scratch: dir.path };
  for (const type of ['xfs', 'ext4', 'erofs', 'squashfs']) {
    const error = await t.throwsAsync(listTree({ ...place, type }, commands));
    t.true(error.message.includes(image), error.message);
  }
});

test('a cut-off image fails with the place where it ends', async (t) => {
  await using dir = await temporary();
  const source = path.join(dir.path, 'source');
  const image = path.join(dir.path, 'image');
  await makeSource(source);
  await MAKERS['ext4 with 4 KiB blocks']?.(source, image);
  await truncate(image, 200_000);
  const place = { file: image, offset: 0, size: 200_000, type: 'ext4', scratch: dir.path };
  const error = await t.throwsAsync(describeTree(place));
  t.regex(error.message, /ends before byte \d+/);
});
