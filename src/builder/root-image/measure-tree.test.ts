import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { mkfsRootExt4 } from '../../disk/mkfs.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { directoryBlocks, measureTree } from './measure-tree.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** How long names are, and how many: what decides how many blocks a directory takes. */
const DIRECTORIES: Readonly<Record<string, readonly string[]>> = {
  none: [],
  'long names': numbered(400, () => 190),
  'short names': numbered(400, () => 4),
  'names of all lengths': numbered(1500, (index) => 4 + ((index * 37) % 250)),
  'a\nname': ['größe', 'with space', 'with\nline end'],
};

function numbered(count: number, lengthOf: (index: number) => number): string[] {
  return Array.from({ length: count }, (_, index) =>
    String(index).padStart(4, '0').padStart(lengthOf(index), 'n'),
  );
}

async function makeTree(tree: string): Promise<void> {
  for (const [directory, names] of Object.entries(DIRECTORIES)) {
    await mkdir(path.join(tree, directory), { recursive: true });
    for (const name of names) await writeFile(path.join(tree, directory, name), '');
  }
}

test('a directory takes as many blocks as its names need, on any file system of the host', async (t) => {
  const sizes = [];
  // Directories of tmpfs have 20 bytes for each entry; those of a disk have blocks.
  for (const place of ['/dev/shm', '/var/tmp']) {
    await using directory = await mkdtempDisposable(path.join(place, 'kubeos-measure-'));
    await makeTree(directory.path);
    sizes.push(await measureTree(directory.path, commands));
  }
  const names = [Object.keys(DIRECTORIES), ...Object.values(DIRECTORIES)];
  const blocks = names.reduce((sum, list) => sum + directoryBlocks(list), 0);
  const inodes = names.flat().length + 1;
  t.deepEqual(sizes, [
    { inodes, blocks },
    { inodes, blocks },
  ]);
});

test('mke2fs gives each directory no more blocks than were planned, and hardly fewer', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-measure-');
  const tree = path.join(directory.path, 'tree');
  await makeTree(tree);
  const image = path.join(directory.path, 'image');
  const uuid = '00000000-0000-4000-8000-000000000000';
  const settings = { image, label: 'test', uuid, sizeBytes: 2 ** 24, epoch: 1, inodes: 4096 };
  await commands.run(inNamespace(mkfsRootExt4(settings, tree)));
  for (const [name, entries] of Object.entries(DIRECTORIES)) {
    if (name.includes('\n')) continue;
    const request = ['-R', `stat "/${name}"`, image];
    const { stdout } = await commands.run({ tool: 'debugfs', args: request });
    const sectors = Number(/Blockcount: (\d+)/.exec(stdout)?.[1]);
    const planned = directoryBlocks(entries);
    t.true(sectors / 8 <= planned && sectors / 8 > planned * 0.9 - 2, `${name}: ${stdout}`);
  }
});
