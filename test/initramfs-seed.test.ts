import { chmod, mkdtempDisposable, readFile, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { makeTree, observeTree, type FileTree } from './initramfs/file-tree.ts';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-seed-'));
const SEED = 'seed "$1/image/var" "$1/persist/var" "$1/persist/incoming"';

const IMAGE: FileTree = {
  'lib/app/state': 'image',
  'lib/app/.hidden': 'image',
  'lib/new/deep/file': 'image',
  'cache/': '',
  lock: '→/run/lock',
};

async function seed(directory: string, shell = SHELLS['dash'] ?? []): Promise<FileTree> {
  await runFunctions({ shell, sources: ['seed'], text: SEED, args: [directory] });
  return await observeTree(path.join(directory, 'persist'));
}

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`an empty PERSIST gets all that the image has in /var (${name})`, async (t) => {
    await using directory = await temporary();
    await makeTree(path.join(directory.path, 'image/var'), IMAGE);
    await makeTree(path.join(directory.path, 'persist'), {});
    const expected = Object.entries(IMAGE).map(([file, content]) => [`var/${file}`, content]);
    t.deepEqual(await seed(directory.path, shell), Object.fromEntries(expected));
  });

  test(`a newer image adds what is missing and replaces nothing (${name})`, async (t) => {
    await using directory = await temporary();
    await makeTree(path.join(directory.path, 'image/var'), IMAGE);
    await makeTree(path.join(directory.path, 'persist/var'), {
      'lib/app/state': "the node's",
      'lib/mine': "the node's",
      cache: 'a file where the image has a directory',
      lock: '→/nowhere',
    });
    t.deepEqual(await seed(directory.path, shell), {
      'var/lib/app/state': "the node's",
      'var/lib/app/.hidden': 'image',
      'var/lib/mine': "the node's",
      'var/lib/new/deep/file': 'image',
      'var/cache': 'a file where the image has a directory',
      'var/lock': '→/nowhere',
    });
  });
}

test('modes and times are those of the image', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  await makeTree(at('image/var'), { 'tmp/': '', file: 'content' });
  await chmod(at('image/var/tmp'), 0o1777);
  await makeTree(at('persist'), {});
  await seed(directory.path);
  t.is((await stat(at('persist/var/tmp'))).mode & 0o7777, 0o1777);
  t.is((await stat(at('persist/var/file'))).mtimeMs, (await stat(at('image/var/file'))).mtimeMs);
});

test('a link on PERSIST does not lead a copy out of it', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  await makeTree(at('image/var'), { 'lib/file': 'image' });
  await makeTree(at('persist/var'), {});
  await makeTree(at('elsewhere'), {});
  await symlink(at('elsewhere'), at('persist/var/lib'));
  await seed(directory.path);
  t.deepEqual(await observeTree(at('elsewhere')), {});
});

test('cut before any of its renames, /var is whole or absent, and the next start finishes it', async (t) => {
  for (const store of [undefined, { 'lib/app/state': "the node's" }]) {
    await using reference = await temporary();
    const expected = await seed(await prepared(reference.path, store));
    let cuts = 0;
    for (; ; cuts += 1) {
      await using directory = await temporary();
      await prepared(directory.path, store);
      if (!(await seedUntilCut(directory.path, cuts + 1))) break;
      const found = await observeTree(path.join(directory.path, 'persist'));
      const inPlace = Object.entries(found).filter(([file]) => file.startsWith('var/'));
      const wrong = inPlace.filter(([file, content]) => expected[file] !== content);
      t.deepEqual(wrong, [], `${cuts}`);
      t.deepEqual(await seed(directory.path), expected, `${cuts}`);
    }
    t.is(cuts, store === undefined ? 1 : 4);
  }
});

async function prepared(directory: string, store: FileTree | undefined): Promise<string> {
  await makeTree(path.join(directory, 'image/var'), IMAGE);
  await makeTree(path.join(directory, 'persist'), {});
  if (store !== undefined) await makeTree(path.join(directory, 'persist/var'), store);
  return directory;
}

/** @returns whether there were so many renames */
async function seedUntilCut(directory: string, before: number): Promise<boolean> {
  const output = await runFunctions({
    ...{ shell: SHELLS['dash'] ?? [], sources: ['seed'], args: [directory] },
    text: `
      renames=0
      mv() { renames=$((renames + 1)); [ "$renames" -ne ${before} ] || exit 9; command mv "$@"; }
      trap 'echo "ended $?"' EXIT
      ${SEED}`,
    successCodes: [0, 9],
  });
  return output.includes('ended 9');
}

test('the mark of what was copied is that of release and root hash, and is made last', async (t) => {
  await using directory = await temporary();
  const root = path.join(directory.path, 'root');
  await makeTree(root, {
    'usr/lib/kubeos/release-id': 'node-1.2.3\n',
    'var/lib/app': 'image',
    'persist/': '',
  });
  const text = `
    newroot=$1/root verity_hash=abc slot=A persist_mode=writable
    mount() { echo "mount $*"; }
    mount_var; mount_persist_directories`;
  const run = async (): Promise<string> =>
    await runFunctions({
      ...{ shell: SHELLS['dash'] ?? [], sources: ['seed'], text, args: [directory.path] },
    });
  const mounted = `mount --bind ${root}/persist/var ${root}/var\n`;
  t.is(await run(), mounted);
  t.is(await readFile(path.join(root, 'persist/kubeos/seeded'), 'utf8'), 'node-1.2.3 abc\n');
  // The same image again: nothing is compared or copied.
  await makeTree(path.join(root, 'var'), { later: 'image' });
  t.is(await run(), mounted);
  t.deepEqual(await observeTree(path.join(root, 'persist/var')), { 'lib/app': 'image' });
});

test('what could not be copied is tried again at the next start, and leaves no half copy', async (t) => {
  await using directory = await temporary();
  const root = path.join(directory.path, 'root');
  await makeTree(root, { 'var/lib/app': 'image', 'persist/var/': '' });
  const start = async (copy: string): Promise<string> =>
    await runFunctions({
      ...{ shell: SHELLS['dash'] ?? [], sources: ['seed'], args: [directory.path] },
      text: `
        newroot=$1/root verity_hash=abc slot=A persist_mode=writable
        mount() { :; }
        ${copy}
        mount_var; mount_persist_directories`,
    });
  t.regex(await start('cp() { command cp "$@"; return 1; }'), /not everything of \/var was copied/);
  t.deepEqual(await observeTree(path.join(root, 'persist')), { 'kubeos/': '', 'var/': '' });
  t.is(await start(''), '');
  t.like(await observeTree(path.join(root, 'persist')), { 'var/lib/app': 'image' });
});
