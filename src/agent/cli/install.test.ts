import { mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB } from '../../disk/layout.ts';
import { describeCredentials, describeDisks } from './describe-install.ts';
import { pickDisk } from '../install/installer.ts';
import type { ObservedDisk } from '../install/observed-disk.ts';

const diskAt = (device: string, change: Partial<ObservedDisk> = {}): ObservedDisk => ({
  ...{ name: path.basename(device), device, sizeBytes: 100 * MIB, sectorBytes: 512 },
  ...{ model: null, isReadOnly: false, uses: [], content: { kind: 'blank' } },
  ...change,
});

test('a disk is meant by its name, or by any link to it', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-pick-'));
  const device = path.join(directory.path, 'sda');
  const link = path.join(directory.path, 'by-id');
  await writeFile(device, '');
  await symlink(device, link);
  const disk = diskAt(device);
  t.is(await pickDisk([disk], device), disk);
  t.is(await pickDisk([disk], link), disk);
});

for (const [named, hint] of [
  ['/dev/nvme0n1p4', /partition\? Name the whole disk: \/dev\/nvme0n1$/],
  ['/dev/sda12', /partition\? Name the whole disk: \/dev\/sda$/],
  ['/dev/sdaa', /^it has: \/dev\/nvme0n1, \/dev\/sda$/],
  ['sda', /^it has: /],
] as const) {
  test(`${named} is not one, and the hint says which there are`, async (t) => {
    const disks = [diskAt('/dev/nvme0n1'), diskAt('/dev/sda')];
    const error = await t.throwsAsync(pickDisk(disks, named), { code: 'USAGE' });
    t.regex(error instanceof Error && 'hint' in error ? String(error.hint) : '', hint);
  });
}

test('each disk is listed with what it holds, and the command that would take it', (t) => {
  const disks = [
    diskAt('/dev/sda', { model: 'Ultra', uses: ['the running system is on it'] }),
    diskAt('/dev/sdb'),
    diskAt('/dev/sdc', { content: { kind: 'data', found: ['/dev/sdc: ext4 "data"'] } }),
    diskAt('/dev/sdd', { content: { kind: 'unfinished' } }),
    diskAt('/dev/sde', { sizeBytes: 8 * MIB }),
  ];
  t.is(
    describeDisks(disks, 90 * MIB),
    `/dev/sda  100 MiB  Ultra
  holds     nothing
  install   no: /dev/sda is in use: the running system is on it
/dev/sdb  100 MiB  unknown model
  holds     nothing
  install   kubeos-agent install /dev/sdb
/dev/sdc  100 MiB  unknown model
  holds     /dev/sdc: ext4 "data"
  install   kubeos-agent install /dev/sdc --erase
/dev/sdd  100 MiB  unknown model
  holds     an installation that was not finished
  install   kubeos-agent install /dev/sdd
/dev/sde  8 MiB  unknown model
  holds     nothing
  install   no: /dev/sde has 8 MiB, the release needs 90 MiB
`,
  );
  t.is(describeDisks([], MIB), 'this machine has no disk\n');
});

test('credentials are listed by name', (t) => {
  const names = ['kubelet.bootstrap-kubeconfig', 'system.hostname'];
  t.is(describeCredentials(names), 'credentials: kubelet.bootstrap-kubeconfig, system.hostname\n');
  t.is(describeCredentials([]), '');
});
