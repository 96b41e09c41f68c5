import {
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { definitionSchema } from '../definition/schema.ts';
import { applyTree } from './apply-tree.ts';
import { planDefinitionFiles } from './definition-files.ts';
import { findRemovals } from './plan-removals.ts';
import { assertInside } from './stay-inside.ts';
import { rootFile, type TreeEntry } from './tree-entry.ts';

const commands = hostCommands({ signal: new AbortController().signal });

async function openScene() {
  const directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-apply-'));
  const at = (name: string): string => path.join(directory.path, name);
  for (const name of ['tree/var/cache', 'tree/etc', 'tree/usr/lib', 'host']) {
    await mkdir(at(name), { recursive: true });
  }
  await writeFile(at('host/precious'), 'mine');
  const apply = async (entries: readonly TreeEntry[]): Promise<void> =>
    await applyTree({
      ...{ tree: at('tree'), entries, removals: await findRemovals(at('tree')) },
      ...{ overlayFile: at('overlay.tar'), epoch: 0, commands },
    });
  return { at, apply, [Symbol.asyncDispose]: async () => await directory.remove() };
}

test('a link of the tree lets nothing of this host be removed', async (t) => {
  await using scene = await openScene();
  await symlink(scene.at('host'), scene.at('tree/var/cache/apt'));
  await writeFile(scene.at('tree/etc/hostname'), 'build');
  await scene.apply([]);
  t.deepEqual(await readdir(scene.at('host')), ['precious']);
  t.deepEqual(await readdir(scene.at('tree/etc')), []);
});

for (const target of ['/HOST', '../../host', '/nothing/there']) {
  test(`nothing is written through a link to ${target}`, async (t) => {
    await using scene = await openScene();
    await symlink(target.replace('/HOST', scene.at('host')), scene.at('tree/etc/ssh'));
    await t.throwsAsync(scene.apply([rootFile('/etc/ssh/sshd_config.d/10.conf', '')]), {
      code: 'BUILD_CHECK_FAILED',
      message: /lead out of it: \/etc\/ssh\/sshd_config\.d$/,
    });
    t.deepEqual(await readdir(scene.at('host')), ['precious']);
  });
}

test('links that stay in the tree are followed, and a link is replaced by a file', async (t) => {
  await using scene = await openScene();
  await symlink('usr/lib', scene.at('tree/lib'));
  await symlink('/run/systemd/resolve/stub-resolv.conf', scene.at('tree/etc/resolv.conf'));
  await scene.apply([rootFile('/lib/a', 'a'), rootFile('/etc/resolv.conf', 'mine')]);
  t.is(await readFile(scene.at('tree/usr/lib/a'), 'utf8'), 'a');
  t.is(await readFile(scene.at('tree/etc/resolv.conf'), 'utf8'), 'mine');
});

test('a copied folder leaves folders that are there as they are', async (t) => {
  await using scene = await openScene();
  await mkdir(scene.at('tree/root'), { mode: 0o700 });
  const files = definitionSchema.shape.files.parse([{ path: '/root', source: 'root' }]);
  const item = (place: string, kind: 'file' | 'directory') =>
    ({ path: place, kind, isExecutable: false, content: '' }) as const;
  const items = [item('', 'directory'), item('/new', 'directory'), item('/new/a', 'file')];
  const accounts = { passwd: 'root:x:0:', group: 'root:x:0:', shadow: '', gshadow: '' };
  await scene.apply(planDefinitionFiles(files, new Map([['root', items]]), accounts));
  t.is((await stat(scene.at('tree/root'))).mode & 0o777, 0o700);
  t.is((await stat(scene.at('tree/root/new'))).mode & 0o777, 0o755);
  t.is((await stat(scene.at('tree/root/new/a'))).mode & 0o777, 0o644);
});

test('what is read must lie in the tree itself', async (t) => {
  await using scene = await openScene();
  await symlink('../../host/precious', scene.at('tree/etc/shadow'));
  await t.throwsAsync(assertInside(scene.at('tree'), ['/etc/passwd', '/etc/shadow'], commands), {
    message: /lead out of it: \/etc\/shadow$/,
  });
});
