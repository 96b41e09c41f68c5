import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { observeTree } from './observe-tree.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const identity = test.macro(
  async (t, make: (etc: string, usrLib: string) => Promise<void>, expected: string) => {
    await using tree = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-tree-'));
    const [etc, usrLib] = [path.join(tree.path, 'etc'), path.join(tree.path, 'usr/lib')];
    await mkdir(etc);
    await mkdir(usrLib, { recursive: true });
    await make(etc, usrLib);
    t.is((await observeTree(tree.path, commands)).osRelease, expected);
  },
);

test(
  'os-release is found where most distributions have it, with a link in /etc',
  identity,
  async (etc, usrLib) => {
    await writeFile(path.join(usrLib, 'os-release'), 'ID=debian\n');
    await symlink('../usr/lib/os-release', path.join(etc, 'os-release'));
  },
  'ID=debian\n',
);

test(
  'a base that has its os-release in /etc alone keeps its identity',
  identity,
  async (etc) => await writeFile(path.join(etc, 'os-release'), 'ID=vendor\n'),
  'ID=vendor\n',
);

test(
  'the one in /etc goes first, as os-release(5) has it',
  identity,
  async (etc, usrLib) => {
    await writeFile(path.join(usrLib, 'os-release'), 'ID=debian\n');
    await writeFile(path.join(etc, 'os-release'), 'ID=vendor\n');
  },
  'ID=vendor\n',
);

test(
  'an absolute link never leads to the os-release of this host',
  identity,
  async (etc, usrLib) => {
    await writeFile(path.join(usrLib, 'os-release'), 'ID=vendor\n');
    await symlink('/usr/lib/os-release', path.join(etc, 'os-release'));
  },
  'ID=vendor\n',
);
