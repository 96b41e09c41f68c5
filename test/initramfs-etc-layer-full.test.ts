import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { makeTree, observeTree, type FileTree } from './initramfs/file-tree.ts';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-etc-full-'));
const sources = ['etc-layer'];
const shell = SHELLS['dash'] ?? [];
const PRUNE = 'prune_layer "$1/layer" "$1/items" "$1/image"';

const UPPER: FileTree = { a: '1', 'b/c': '2', 'b/d': '3', 'e/f/g': '4', 'b/x': 'not named' };
const PRUNED: FileTree = {
  'upper/a': '1',
  'upper/b/c': '2',
  'upper/b/d': '3',
  'upper/e/f/g': '4',
};

async function makeLayer(directory: string): Promise<void> {
  await makeTree(path.join(directory, 'layer/upper'), UPPER);
  await makeTree(directory, { 'image/b/': '', items: 'a\nb/c\nb/d\ne/f\n' });
}

test('on a full PERSIST no named item is lost, and with room again it ends the same', async (t) => {
  let failures = 0;
  for (let failing = 1; ; failing += 1) {
    await using directory = await temporary();
    await makeLayer(directory.path);
    if (!(await pruneWhileFull(directory.path, failing))) break;
    failures += 1;
    const left = Object.entries(await observeTree(path.join(directory.path, 'layer')));
    const contents = left.map(([, content]) => content);
    t.deepEqual(
      Object.values(PRUNED).filter((content) => !contents.includes(content)),
      [],
    );
    await runFunctions({ shell, sources, text: PRUNE, args: [directory.path] });
    t.deepEqual(await observeTree(path.join(directory.path, 'layer')), PRUNED, `${failing}`);
  }
  // Three directories, four items and the change of name at the end.
  t.is(failures, 8);
});

/** From its `from`th new directory or rename on, everything that needs a block fails. @returns whether pruning did */
async function pruneWhileFull(directory: string, from: number): Promise<boolean> {
  const text = `
    asked=0
    has_room() { asked=$((asked + 1)); [ "$asked" -lt ${from} ]; }
    mkdir() { has_room && command mkdir "$@"; }
    mv() { has_room && command mv "$@"; }
    ${PRUNE} || echo failed`;
  const output = await runFunctions({ shell, sources, text, args: [directory] });
  return output.includes('failed');
}

test('what a full PERSIST does not let prepare is mounted from memory', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  await makeTree(at('root/persist/kubeos/etc/upper'), { hosts: 'mine', motd: 'not named' });
  await makeTree(at('root/usr/lib/kubeos'), { 'etc-items': 'hosts\n' });
  await makeTree(at('root/etc'), {});
  const text = `
    newroot=$1/root persist_mode=writable memory=$1/memory
    copy_layer_to_memory() { cp -a "$layer" "$memory"; layer=$memory; }
    mkdir() { case $* in *persist*/kept) return 1 ;; esac; command mkdir "$@"; }
    mount() { echo "mount $*"; }
    mount_etc`;
  const output = await runFunctions({ shell, sources, text, args: [directory.path] });
  t.regex(output, /warn: PERSIST has no room/);
  t.regex(output, /mount .*upperdir=\S+\/memory\/upper,/);
  t.deepEqual(await observeTree(at('memory/upper')), { hosts: 'mine' });
  t.deepEqual(await observeTree(at('root/persist/kubeos/etc/upper')), {
    hosts: 'mine',
    motd: 'not named',
  });
});
