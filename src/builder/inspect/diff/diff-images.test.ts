import { mkdir, mkdtempDisposable, open, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { MIB } from '../../../disk/layout.ts';
import { hostCommands } from '../../../host/run-commands.ts';
import { makeTestDisk, type TestImage } from '../testing/make-test-disk.ts';
import { diffImages } from './diff-images.ts';
import { renderDiff } from './render-diff.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-diff-test-'));

const SHARED_FILES = {
  'usr/lib/kubeos/etc-mode': 'named\n',
  'usr/lib/kubeos/etc-items': 'ssh/ssh_host_*\nsysctl.d\n',
};

const OLD: TestImage = {
  version: '1.4.1',
  epoch: 6,
  packages: { bash: '5.2-3', curl: '8.1-1', openssl: '3.0.9-1', wget: '1.21-1' },
  kernelVersion: '6.12.1',
  kernelArguments: ['console=ttyS0', 'quiet'],
  files: {
    ...SHARED_FILES,
    'etc/motd': 'old',
    'etc/sysctl.d/10-net.conf': 'net.ipv4.ip_forward = 0\n',
    'usr/bin/tool': 'tool',
    'usr/share/old/a': 'a',
    'etc/group': 'root:x:0:\nbackup:x:34:\n',
  },
};

const NEW: TestImage = {
  version: '1.4.2',
  epoch: 7,
  packages: { bash: '5.2-2', curl: '8.1-1', htop: '3.2-1', openssl: '3.0.11-1~deb12u2' },
  kernelVersion: '6.12.2',
  kernelArguments: ['console=ttyS0', 'panic=30'],
  files: {
    ...SHARED_FILES,
    'etc/motd': 'new text',
    'etc/sysctl.d/10-net.conf': 'net.ipv4.ip_forward = 1\n',
    'etc/fresh.conf': 'x',
    'usr/bin/tool': 'tool',
    'usr/lib/systemd/system/agent.service': '',
    'etc/group': 'root:x:0:\nbackup:x:134:\n',
  },
  links: {
    'etc/systemd/system/multi-user.target.wants/agent.service':
      '/usr/lib/systemd/system/agent.service',
  },
  modes: { 'usr/bin/tool': 0o4755 },
};

/** Made once, and read by several tests. */
const shared = await temporary();
test.after.always(async () => await shared.remove());
const images = Promise.all([
  makeTestDisk(path.join(shared.path, 'old'), OLD, commands),
  makeTestDisk(path.join(shared.path, 'new'), NEW, commands),
]);
const difference = images.then(
  async ([old, young]) => await diffImages(old.disk, young.disk, { commands }),
);

test('lists packages with the direction of each change', async (t) => {
  const { packages } = await difference;
  t.deepEqual(
    packages.map(({ kind, name, before, after }) => [kind, name, before, after]),
    [
      ['downgraded', 'bash', '5.2-3', '5.2-2'],
      ['added', 'htop', null, '3.2-1'],
      ['upgraded', 'openssl', '3.0.9-1', '3.0.11-1~deb12u2'],
      ['removed', 'wget', '1.21-1', null],
    ],
  );
});

test('lists every path that differs, and how', async (t) => {
  const { files } = await difference;
  const lines = (files ?? []).map(
    ({ path: name, before, after, differences }) =>
      `${before === null ? '+' : after === null ? '-' : ' '} ${name} ${differences.join(' ')}`,
  );
  const expected = [
    '  /boot/initramfs.img content',
    '  /boot/vmlinuz content',
    '+ /etc/fresh.conf ',
    '  /etc/group size content',
    '  /etc/motd size content',
    '  /etc/sysctl.d/10-net.conf content',
    '+ /etc/systemd/system/multi-user.target.wants/agent.service ',
    '  /usr/bin/tool mode',
    '- /usr/lib/modules/6.12.1 ',
    '- /usr/lib/modules/6.12.1/modules.order ',
    '+ /usr/lib/modules/6.12.2 ',
    '+ /usr/lib/modules/6.12.2/modules.order ',
    '  /usr/lib/os-release content',
    '  /usr/lib/sysimage/dpkg/status size content',
    '+ /usr/lib/systemd/system/agent.service ',
    '- /usr/share ',
    '- /usr/share/old ',
    '- /usr/share/old/a ',
  ];
  t.deepEqual(lines, expected);
});

test('shows a tired person what matters first', async (t) => {
  const text = renderDiff(await difference).replaceAll(shared.path, '');
  t.is(
    text,
    `test 1.4.1 (epoch 6) -> test 1.4.2 (epoch 7)
  from  /old/disk.raw
  to    /new/disk.raw

What an upgrade means
  check  kernel      6.12.1 -> 6.12.2
  check  arguments   +panic=30 -quiet
  check  packages    older than before: bash
  check  privileges  set-user-id, set-group-id or capabilities are new on /usr/bin/tool
  check  accounts    group backup was 34 and becomes 134: its files on PERSIST keep the old number
  check  units       started at boot: agent.service
  check  /etc        a node with its own copy keeps it: /etc/sysctl.d/10-net.conf
  ok     root image  8.1 MiB (no change), in a slot of 16 MiB
  ok     reboot      needed: the root file system changes as a whole
  ok     /etc        5 files differ

Packages
  older  bash     5.2-3 -> 5.2-2
  +      htop     3.2-1
         openssl  3.0.9-1 -> 3.0.11-1~deb12u2
  -      wget     1.21-1

Kernel arguments
  -  quiet
  +  panic=30

Unit files
  +  agent.service

Files
  +  /etc/fresh.conf                                            1 byte, 0644, 0:0
     /etc/group                                                 +1 byte, content
     /etc/motd                                                  +5 bytes, content
     /etc/sysctl.d/10-net.conf                                  content
  +  /etc/systemd/system/multi-user.target.wants/agent.service  -> /usr/lib/systemd/system/agent.service
  /boot              2 changed
  /usr/lib/modules   1 added, 1 removed
  /usr/bin           1 changed
  /usr/lib           1 changed
  /usr/lib/sysimage  1 changed
  /usr/lib/systemd   1 added
  /usr/share/old     1 removed

Contents
  1 more file, +14 bytes
`,
  );
});

test('an image does not differ from itself, in whatever form', async (t) => {
  const [old] = await images;
  const same = await diffImages(old.disk, old.rootImage, { commands });
  t.deepEqual(same.files, []);
  t.deepEqual(same.packages, []);
  const itself = await diffImages(old.disk, old.disk, { commands });
  t.true(itself.isSame);
  t.deepEqual(
    itself.consequences.map(({ text }) => text),
    ['none: they are the same'],
  );
});

test('says that a damaged image must not reach nodes', async (t) => {
  await using dir = await temporary();
  const [old, young] = await images;
  const damaged = path.join(dir.path, 'damaged.raw');
  await copySparse(young.disk, damaged);
  {
    await using handle = await open(damaged, 'r+');
    await handle.write(Buffer.from('x'), 0, 1, 72 * MIB);
  }
  const { consequences } = await diffImages(old.disk, damaged, { commands });
  t.like(consequences[0], { level: 'blocks', subject: 'damage' });
});

test('compares what is known where a release comes without its image', async (t) => {
  await using dir = await temporary();
  const [old, young] = await images;
  const release = path.join(dir.path, 'release');
  await mkdir(release);
  const image = { fileSystem: 'ext4', size: 20 * MIB, sha256: '' };
  const manifest = JSON.stringify({ name: 'test', version: '1.4.2', image });
  await writeFile(path.join(release, 'manifest.json'), manifest);
  await writeFile(path.join(release, 'boot.cfg'), young.boot.configuration);
  const diff = await diffImages(old.disk, release, { commands });
  t.is(diff.files, null);
  t.deepEqual(diff.packages, []);
  t.deepEqual(diff.kernelArguments, { added: ['panic=30'], removed: ['quiet'] });
  t.true(
    diff.consequences.some(
      ({ level, text }) =>
        level === 'blocks' && text.endsWith('in a slot of 16 MiB: it does not fit'),
    ),
  );
});

test('leaves nothing in the scratch folder', async (t) => {
  await using dir = await temporary();
  const [old, young] = await images;
  await diffImages(old.rootImage, young.rootImage, { commands, scratchDirectory: dir.path });
  t.deepEqual(await readdir(dir.path), []);
});
