import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeDirectoryBase } from '../directory-base.ts';
import { testRequest } from '../testing/base-request.ts';

const isRpmSystem = test.macro(
  async (t, make: (root: string) => Promise<unknown>, expected: boolean) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-rpmdb-'));
    const root = path.join(directory.path, 'root');
    await mkdir(root);
    await make(root);
    const request = await testRequest({ type: 'directory', path: 'root' }, directory.path);
    t.is((await writeDirectoryBase(request)).isRpmSystem, expected);
  },
);

async function writeIn(root: string, file: string): Promise<void> {
  await mkdir(path.join(root, path.dirname(file)), { recursive: true });
  await writeFile(path.join(root, file), '');
}

test(
  'a base with a database of rpm in its old place',
  isRpmSystem,
  async (root) => {
    await writeIn(root, 'var/lib/rpm/Packages');
  },
  true,
);

test(
  'a base with one in /usr, and a link to it',
  isRpmSystem,
  async (root) => {
    await writeIn(root, 'usr/lib/sysimage/rpm/rpmdb.sqlite');
    await mkdir(path.join(root, 'var/lib'), { recursive: true });
    await symlink('../../usr/lib/sysimage/rpm', path.join(root, 'var/lib/rpm'));
  },
  true,
);

test(
  'a base of Debian, where rpm may be installed too',
  isRpmSystem,
  async (root) => {
    await writeIn(root, 'var/lib/dpkg/status');
    await mkdir(path.join(root, 'var/lib/rpm'));
  },
  false,
);
