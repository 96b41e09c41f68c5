import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { hostCommands } from '../../host/run-commands.ts';
import { extractTree } from './tree-commands.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const leavesOutDevices = test.macro(async (t, members: readonly string[]) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-extract-'));
  const source = path.join(directory.path, 'source');
  const tree = path.join(directory.path, 'tree');
  for (const folder of ['dev', 'usr/share/dev']) {
    await mkdir(path.join(source, folder), { recursive: true });
    await writeFile(path.join(source, folder, 'file'), '');
  }
  await mkdir(tree);
  const tar = path.join(directory.path, 'root.tar');
  await execa('tar', ['--create', '--file', tar, '--directory', source, ...members]);
  await commands.run(extractTree(tar, tree));
  const found = await readdir(tree, { recursive: true });
  t.deepEqual(found.toSorted(), ['dev', 'usr', 'usr/share', 'usr/share/dev', 'usr/share/dev/file']);
});

test("of all folders called dev, only the root's own is emptied", leavesOutDevices, ['.']);
test('the same where names have no ./ in front', leavesOutDevices, ['dev', 'usr']);
