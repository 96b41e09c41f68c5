import { chmod, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { makeTree, observeTree, type FileTree } from './initramfs/file-tree.ts';
import { commands, runFunctions, SHELLS } from './initramfs/run-functions.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-etc-'));
const PRUNE = 'prune_layer "$1/layer" "$1/items" "$1/image"';

interface Layer {
  readonly upper: FileTree;
  /** What an interrupted start had already kept. */
  readonly kept?: FileTree;
  readonly image: FileTree;
  readonly items: readonly string[];
}

async function makeLayer(directory: string, layer: Layer): Promise<void> {
  await makeTree(path.join(directory, 'layer/upper'), layer.upper);
  if (layer.kept !== undefined) await makeTree(path.join(directory, 'layer/kept'), layer.kept);
  await makeTree(path.join(directory, 'image'), layer.image);
  await writeItems(directory, layer.items);
}

async function writeItems(directory: string, items: readonly string[]): Promise<void> {
  await writeFile(path.join(directory, 'items'), items.map((item) => `${item}\n`).join(''));
}

async function prune(directory: string, shell = SHELLS['dash'] ?? []): Promise<string> {
  return await runFunctions({ shell, sources: ['etc-layer'], text: PRUNE, args: [directory] });
}

async function pruned(layer: Layer, shell?: readonly string[]): Promise<FileTree> {
  await using directory = await temporary();
  await makeLayer(directory.path, layer);
  await prune(directory.path, shell);
  return await observeTree(path.join(directory.path, 'layer'));
}

const inEachShell = (title: string, run: (shell: readonly string[]) => [Layer, FileTree]): void => {
  for (const [name, shell] of Object.entries(SHELLS)) {
    test(`${title} (${name})`, async (t) => {
      const [layer, expected] = run(shell);
      t.deepEqual(await pruned(layer, shell), expected);
    });
  }
};

inEachShell('only named items of /etc last', () => [
  {
    upper: {
      hosts: 'mine',
      motd: 'not named',
      'kubernetes/pki/ca.key': 'key',
      'ssh/ssh_host_rsa_key': 'key',
      'ssh/sshd_config.d/evil.conf': 'not named',
      'systemd/network/10-lan.network': 'lan',
      'systemd/system/evil.service': 'not named',
      'empty/': '',
    },
    image: {},
    items: ['hosts', 'kubernetes', 'ssh/ssh_host_*', 'systemd/network'],
  },
  {
    'upper/hosts': 'mine',
    'upper/kubernetes/pki/ca.key': 'key',
    'upper/ssh/ssh_host_rsa_key': 'key',
    'upper/systemd/network/10-lan.network': 'lan',
  },
]);

inEachShell('a star in an item stands for one part of a path only', () => [
  {
    upper: { 'a/b/c': 'deep', 'a/bc': 'near', 'a.conf': 'beside' },
    image: {},
    items: ['a/b*', '*/c', '*.conf'],
  },
  { 'upper/a/b/c': 'deep', 'upper/a/bc': 'near', 'upper/a.conf': 'beside' },
]);

inEachShell('links are kept as links, and nothing is reached through them', () => [
  {
    upper: { hosts: '→/usr/lib/hosts', systemd: '→../../image', 'a/link': '→nowhere' },
    image: { 'network/kept': 'image' },
    items: ['hosts', 'systemd/network', 'a/link'],
  },
  { 'upper/hosts': '→/usr/lib/hosts', 'upper/a/link': '→nowhere' },
]);

inEachShell('an item below what is a file in this image is dropped', () => [
  { upper: { 'app/conf': 'mine' }, image: { app: 'now a file' }, items: ['app/conf'] },
  { 'upper/': '' },
]);

inEachShell('an interrupted start is finished, by what this image names', () => [
  {
    upper: { hosts: 'mine', motd: 'not named' },
    kept: { 'kubernetes/config': 'moved before the cut', 'old/item': 'named by another image' },
    image: {},
    items: ['hosts', 'kubernetes'],
  },
  { 'upper/hosts': 'mine', 'upper/kubernetes/config': 'moved before the cut' },
]);

inEachShell('what another image had kept below an item is joined with the rest of it', () => [
  { upper: { 'a/y': 'left' }, kept: { 'a/x': 'kept' }, image: {}, items: ['a'] },
  { 'upper/a/x': 'kept', 'upper/a/y': 'left' },
]);

inEachShell('without named items nothing lasts', () => [
  { upper: { hosts: 'mine' }, image: {}, items: [] },
  { 'upper/': '' },
]);

test('a deleted named file stays deleted, a deleted unnamed one comes back', async (t) => {
  await using directory = await temporary();
  const upper = path.join(directory.path, 'layer/upper');
  await makeLayer(directory.path, { upper: { 'a/': '' }, image: {}, items: ['hosts', 'a/b'] });
  // The mark of overlayfs for a deleted file: a character device 0:0, which needs no privilege.
  for (const name of ['hosts', 'motd', 'a/b', 'a/c']) {
    await commands.run({ tool: 'mknod', args: [path.join(upper, name), 'c', '0', '0'] });
  }
  await prune(directory.path);
  t.deepEqual(await observeTree(upper), { hosts: 'special', 'a/b': 'special' });
});

test('directories on the way to an item get the mode that they have in the image', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  await makeLayer(directory.path, {
    upper: { 'ssh/keys/host': 'key', 'own/deep/file': 'mine' },
    image: { 'ssh/keys/': '' },
    items: ['ssh/keys/host', 'own/deep/file'],
  });
  for (const name of ['layer/upper', 'layer/upper/ssh', 'layer/upper/own']) {
    await chmod(at(name), 0o777);
  }
  await chmod(at('image/ssh'), 0o750);
  await chmod(at('image/ssh/keys'), 0o711);
  await prune(directory.path);
  const modeOf = async (name: string): Promise<number> => (await stat(at(name))).mode & 0o7777;
  t.is(await modeOf('layer/upper/ssh'), 0o750);
  t.is(await modeOf('layer/upper/ssh/keys'), 0o711);
  t.is(await modeOf('layer/upper/own'), 0o755);
  t.is(await modeOf('layer/upper'), (await stat(at('image'))).mode & 0o7777);
});

test('cut before any of its renames and started again, it ends the same', async (t) => {
  const layer: Layer = {
    upper: { a: '1', 'b/c': '2', 'b/d': '3', 'e/f/g': '4', h: '5', 'b/x': 'not named' },
    image: { 'b/': '' },
    items: ['a', 'b/c', 'b/d', 'e/f', 'h'],
  };
  const expected = await pruned(layer);
  let cuts = 0;
  for (let before = 1; ; before += 1) {
    await using directory = await temporary();
    await makeLayer(directory.path, layer);
    if (!(await pruneUntilCut(directory.path, before))) break;
    cuts += 1;
    await prune(directory.path);
    t.deepEqual(await observeTree(path.join(directory.path, 'layer')), expected, `${before}`);
  }
  // Five items and the change of name at the end.
  t.is(cuts, 6);
});

/** Ends the shell before its `before`th rename. @returns whether it came so far */
async function pruneUntilCut(directory: string, before: number): Promise<boolean> {
  const text = `
    renames=0
    mv() { renames=$((renames + 1)); [ "$renames" -ne "$2cut" ] || exit 9; command mv "$@"; }
    ${PRUNE}`.replace('"$2cut"', String(before));
  const output = await runFunctions({
    ...{ shell: SHELLS['dash'] ?? [], sources: ['etc-layer'], args: [directory] },
    text: `trap 'echo "ended $?"' EXIT; ${text}`,
    successCodes: [0, 9],
  });
  return output.includes('ended 9');
}

test('whatever the layer and the items are, exactly the named paths last', async (t) => {
  const pathOf = (...parts: readonly string[]) =>
    fc
      .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 })
      .map((names) => names.join('/'));
  const paths = fc.uniqueArray(pathOf('a', 'b', 'ab', '.c'), { maxLength: 8 });
  const items = fc.array(pathOf('a', 'b', 'a*', '*b', '.c'), { maxLength: 4 });
  const holds = fc.asyncProperty(paths, items, async (nested, patterns) => {
    const files = withoutNesting(nested);
    const upper = Object.fromEntries(files.map((file) => [file, file]));
    const found = await pruned({ upper, image: {}, items: patterns });
    const kept = files.filter((file) => patterns.some((item) => covers(item, file)));
    const expected = Object.fromEntries(kept.map((file) => [`upper/${file}`, file]));
    return isDeepStrictEqual(found, kept.length === 0 ? { 'upper/': '' } : expected);
  });
  await t.notThrowsAsync(fc.assert(holds, { numRuns: 40 }));
});

/** A path cannot be a file and a directory at once. */
function withoutNesting(files: readonly string[]): string[] {
  return files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
}

function covers(item: string, file: string): boolean {
  const pattern = item
    .split('/')
    .map((part) => part.replaceAll('.', '\\.').replaceAll('*', '[^/]*'))
    // As in the shell, a star at the beginning does not stand for a dot.
    .map((part) => (part.startsWith('[') ? `(?!\\.)${part}` : part))
    .join('/');
  return new RegExp(`^${pattern}(?:/|$)`).test(file);
}

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`mode mutable lists the files that hide one of the image (${name})`, async (t) => {
    await using directory = await temporary();
    await makeLayer(directory.path, {
      upper: { motd: 'mine', 'own/file': 'mine', 'ssh/.hidden': 'mine', 'ssh/new': 'mine' },
      image: { motd: 'image', 'ssh/.hidden': '→/gone', 'own/': '' },
      items: [],
    });
    const text = 'list_shadowed "$1/layer/upper" "$1/image" "" >"$1/list"';
    await runFunctions({ shell, sources: ['etc-layer'], text, args: [directory.path] });
    t.is(
      await readFile(path.join(directory.path, 'list'), 'utf8'),
      '/etc/motd\n/etc/ssh/.hidden\n',
    );
  });
}
