import { createHash } from 'node:crypto';
import { mkdir, mkdtempDisposable, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { addDigests } from './installed-package.ts';
import { readPackages } from './read-packages.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const STATUS = `Package: zlib1g
Status: install ok installed
Source: zlib
Version: 1:1.3.1+b1
Architecture: amd64
Description: compression
 Package: not-a-package
 .
 more

Package: linux-image
Status: hold ok installed
Source: linux-signed-amd64 (6.12.1+1)
Version: 6.12.1-1
Architecture: amd64

Package: removed
Status: deinstall ok config-files
Version: 1
Architecture: all

Package: adduser
Status: install ok triggers-pending
Version: 3.152
Architecture: all
`;

async function writeTree(tree: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(tree, path.dirname(name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
}

async function emptyTree(): Promise<AsyncDisposable & { readonly path: string }> {
  return await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
}

const expected = [
  ['adduser', '3.152', 'all', 'adduser', '3.152'],
  ['linux-image', '6.12.1-1', 'amd64', 'linux-signed-amd64', '6.12.1+1'],
  ['zlib1g', '1:1.3.1+b1', 'amd64', 'zlib', '1:1.3.1+b1'],
];

for (const directory of ['var/lib/dpkg', 'usr/lib/sysimage/dpkg']) {
  test(`reads the packages that are there from /${directory}, sorted`, async (t) => {
    await using tree = await emptyTree();
    await writeTree(tree.path, { [`${directory}/status`]: STATUS });
    const packages = await readPackages(tree.path, commands);
    t.deepEqual(
      packages.map((one) => [one.name, one.version, one.arch, one.source.name, one.source.version]),
      expected,
    );
    t.true(packages.every((one) => one.type === 'deb'));
  });
}

test('reads the one-file-per-package form of distroless images', async (t) => {
  await using tree = await emptyTree();
  await writeTree(tree.path, {
    'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2026a-1\nArchitecture: all\n',
    'var/lib/dpkg/status.d/tzdata.md5sums': '0000  usr/share/zoneinfo/UTC\n',
  });
  const packages = await readPackages(tree.path, commands);
  t.deepEqual(
    packages.map(({ name, version }) => [name, version]),
    [['tzdata', '2026a-1']],
  );
});

test('names licenses where a copyright file is machine-readable, also behind a link', async (t) => {
  await using tree = await emptyTree();
  const status = ['one', 'two', 'three']
    .map(
      (name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n`,
    )
    .join('\n');
  await writeTree(tree.path, {
    'var/lib/dpkg/status': status,
    'usr/share/doc/one/copyright': `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: x

Files: *
Copyright: somebody
License: GPL-2+
 text of it

Files: y
License: Expat

License: GPL-2+
 text of it
`,
    'usr/share/doc/three/copyright': 'This is free software.\nLicense: anything\n',
  });
  await symlink('one', path.join(tree.path, 'usr/share/doc/two'));
  const packages = await readPackages(tree.path, commands);
  t.deepEqual(
    packages.map(({ name, licenses }) => [name, licenses]),
    [
      ['one', ['Expat', 'GPL-2+']],
      ['three', []],
      ['two', ['Expat', 'GPL-2+']],
    ],
  );
});

const SPEC = `Name: example-libs
Epoch: 2
Version: 3.1~rc1
Release: 4.oe2403
Summary: for tests
License: GPL-2.0-or-later AND MIT
BuildArch: noarch
%description
for tests
%files
`;

async function installRpm(work: string, tree: string): Promise<void> {
  await writeTree(work, { 'example.spec': SPEC });
  const top = path.join(work, 'top');
  const options = ['-bb', '--quiet', '--define', `_topdir ${top}`];
  await commands.run({ tool: 'rpmbuild', args: [...options, path.join(work, 'example.spec')] });
  const database = path.join(tree, 'usr/lib/sysimage/rpm');
  await mkdir(database, { recursive: true });
  const file = path.join(top, 'RPMS/noarch/example-libs-3.1~rc1-4.oe2403.noarch.rpm');
  const args = ['--dbpath', database, '--install', '--justdb', '--nodeps', file];
  await commands.run({ tool: 'rpm', args });
}

async function digestsBelow(tree: string): Promise<readonly string[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const lines = files.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return `${file} ${createHash('sha256')
      .update(await readFile(file))
      .digest('hex')}`;
  });
  return (await Promise.all(lines)).sort();
}

test('reads the packages of an rpm database, and leaves it as it was', async (t) => {
  await using tree = await emptyTree();
  await using work = await emptyTree();
  await installRpm(work.path, tree.path);
  const before = await digestsBelow(tree.path);
  t.deepEqual(await readPackages(tree.path, commands), [
    {
      type: 'rpm',
      name: 'example-libs',
      version: '2:3.1~rc1-4.oe2403',
      arch: 'noarch',
      source: { name: 'example-libs', version: '3.1~rc1-4.oe2403' },
      licenses: ['GPL-2.0-or-later AND MIT'],
    },
  ]);
  t.deepEqual(await digestsBelow(tree.path), before);
});

test("does not read this host's database through a link of the image", async (t) => {
  await using tree = await emptyTree();
  await mkdir(path.join(tree.path, 'var/lib'), { recursive: true });
  await symlink('/var/lib/dpkg', path.join(tree.path, 'var/lib/dpkg'));
  await symlink('/var/lib/rpm', path.join(tree.path, 'var/lib/rpm'));
  t.deepEqual(await readPackages(tree.path, commands), []);
});

test('gives packages the digests that the lock has of them', (t) => {
  const one = { type: 'deb', name: 'a', version: '1', arch: 'all', licenses: [] } as const;
  const source = { name: 'a', version: '1' };
  const other = { ...one, version: '2', source };
  const digest = 'f'.repeat(64);
  const locked = [{ name: 'a', version: '1', arch: 'all', sha256: digest }];
  t.deepEqual(addDigests([{ ...one, source }, other], locked), [
    { ...one, source, sha256: digest },
    other,
  ]);
});
