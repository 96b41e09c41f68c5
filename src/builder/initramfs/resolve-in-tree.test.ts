import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { resolveInTree } from './resolve-in-tree.ts';

async function makeTree(): Promise<Awaited<ReturnType<typeof mkdtempDisposable>>> {
  const tree = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-resolve-'));
  const at = (name: string): string => path.join(tree.path, name);
  await mkdir(at('usr/lib/x86_64'), { recursive: true });
  await mkdir(at('usr/bin'));
  await writeFile(at('usr/lib/x86_64/libc.so.6'), '');
  await symlink('usr/lib', at('lib'));
  await symlink('/usr/bin', at('bin'));
  await symlink('libc.so.6', at('usr/lib/x86_64/libc.so'));
  await symlink('../../../../../../usr/lib/x86_64/libc.so', at('usr/bin/up'));
  await symlink('/etc/passwd', at('usr/bin/outside'));
  await symlink('loop', at('usr/bin/loop'));
  return tree;
}

test('links are followed inside the tree, and named', async (t) => {
  await using tree = await makeTree();
  t.deepEqual(await resolveInTree(tree.path, '/lib/x86_64/libc.so'), {
    path: '/usr/lib/x86_64/libc.so.6',
    links: ['/lib', '/usr/lib/x86_64/libc.so'],
    kind: 'file',
  });
  t.is((await resolveInTree(tree.path, '/bin/'))?.path, '/usr/bin');
  t.is((await resolveInTree(tree.path, '/'))?.kind, 'directory');
});

test('neither an absolute link nor ".." leads out of the tree', async (t) => {
  await using tree = await makeTree();
  // The host has this file, the tree has not.
  t.is(await resolveInTree(tree.path, '/bin/outside'), undefined);
  t.is((await resolveInTree(tree.path, '/bin/up'))?.path, '/usr/lib/x86_64/libc.so.6');
});

test('there is nothing behind a file, in a circle, or where nothing is', async (t) => {
  await using tree = await makeTree();
  for (const wanted of ['/lib/x86_64/libc.so.6/x', '/bin/loop', '/nothing/at/all']) {
    t.is(await resolveInTree(tree.path, wanted), undefined, wanted);
  }
});
