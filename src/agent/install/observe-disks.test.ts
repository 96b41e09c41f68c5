import { mkdtempDisposable, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB } from '../../disk/layout.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { findRunningRoot } from './find-running-root.ts';
import { observeDisks } from './observe-disks.ts';
import { probeWithBlkid, UNFINISHED } from './read-content.ts';
import { fakeMachine, type FakeDevice } from './testing/fake-machine.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-observe-'));

const probe = probeWithBlkid(
  async (tool, args) => await commands.run({ tool, args, successCodes: [0, 2, 8] }),
);

const USB: FakeDevice = {
  ...{ name: 'sda', number: '8:0', sizeBytes: 8 * MIB },
  attributes: { 'device/vendor': 'SanDisk ', 'device/model': 'Ultra', removable: '1' },
  partitions: {
    1: { name: 'sda1', number: '8:1', sizeBytes: MIB },
    2: { name: 'sda2', number: '8:2', sizeBytes: 2 * MIB, holders: ['dm-0'] },
    3: { name: 'sda3', number: '8:3', sizeBytes: 2 * MIB },
    4: { name: 'sda4', number: '8:4', sizeBytes: MIB },
  },
};
const VERITY: FakeDevice = {
  ...{ name: 'dm-0', number: '253:0', sizeBytes: 2 * MIB, slaves: ['sda2'], isVirtual: true },
};
const NVME: FakeDevice = {
  ...{ name: 'nvme0n1', number: '259:0', sizeBytes: 32 * MIB },
  attributes: { 'device/model': 'Samsung SSD' },
};
const MOUNTS = [
  '1 1 0:2 / / rw - rootfs none rw',
  '22 1 253:0 / / ro,relatime - ext4 /dev/mapper/kubeos-root ro',
  '23 22 8:4 / /persist rw,nosuid - ext4 /dev/sda4 rw',
];

test('what runs is found below dm-verity, and its disk is in use', async (t) => {
  await using directory = await temporary();
  const files = await fakeMachine(directory.path, { devices: [USB, VERITY, NVME], mounts: MOUNTS });
  const at = (name: string): string => path.join(files.dev, name);
  t.deepEqual(await findRunningRoot(files), {
    ...{ kind: 'disk', image: at('sda2'), disk: 'sda', slot: 'A', boot: at('sda1') },
  });
  const disks = await observeDisks({ ...files, probe, running: 'sda' });
  t.deepEqual(disks, [
    {
      ...{ name: 'nvme0n1', device: at('nvme0n1'), sizeBytes: 32 * MIB, sectorBytes: 512 },
      ...{ model: 'Samsung SSD', isReadOnly: false, uses: [], content: { kind: 'blank' } },
    },
    {
      ...{ name: 'sda', device: at('sda'), sizeBytes: 8 * MIB, sectorBytes: 512 },
      ...{ model: 'SanDisk Ultra', isReadOnly: false, content: { kind: 'blank' } },
      uses: ['the running system is on it', 'sda2 is part of dm-0', 'sda4 is mounted on /persist'],
    },
  ]);
});

test('a network boot runs from a loop device, and no disk is the running one', async (t) => {
  await using directory = await temporary();
  const loop = { name: 'loop0', number: '7:0', sizeBytes: 2 * MIB, isVirtual: true };
  const verity = { ...VERITY, slaves: ['loop0'] };
  const machine = { devices: [loop, verity, NVME], mounts: MOUNTS.slice(0, 2) };
  const files = await fakeMachine(directory.path, machine);
  t.deepEqual(await findRunningRoot(files), {
    ...{ kind: 'network', image: path.join(files.dev, 'loop0') },
  });
  const names = (await observeDisks({ ...files, probe, running: null })).map(({ name }) => name);
  t.deepEqual(names, ['nvme0n1']);
});

test('root on slot B of an NVMe disk without verity is found by its number, not its name', async (t) => {
  await using directory = await temporary();
  const partitions = { 1: 'p1', 2: 'p2', 3: 'p3' };
  const disk: FakeDevice = {
    ...{ name: 'nvme2n1', number: '259:4', sizeBytes: MIB },
    partitions: Object.fromEntries(
      Object.entries(partitions).map(([number, suffix]) => [
        number,
        { name: `nvme2n1${suffix}`, number: `259:${4 + Number(number)}` },
      ]),
    ),
  };
  const mounts = ['22 1 259:7 / / ro - ext4 /dev/nvme2n1p3 ro'];
  const files = await fakeMachine(directory.path, { devices: [disk], mounts });
  t.like(await findRunningRoot(files), { disk: 'nvme2n1', slot: 'B' });
});

for (const [what, mount] of [
  ['a container', '22 1 0:45 / / rw - overlay overlay rw'],
  ['a system on a whole disk', '22 1 259:0 / / rw - ext4 /dev/nvme0n1 rw'],
] as const) {
  test(`${what} is no kubeos`, async (t) => {
    await using directory = await temporary();
    const files = await fakeMachine(directory.path, { devices: [NVME], mounts: [mount] });
    await t.throwsAsync(findRunningRoot(files), { code: 'HOST_NOT_READY' });
  });
}

test('swap, RAID, LVM, mounts by source, hidden paths and disks without a medium are told apart', async (t) => {
  await using directory = await temporary();
  const devices: FakeDevice[] = [
    { ...{ name: 'sdb', number: '8:16', sizeBytes: 4 * MIB }, holders: ['md127'] },
    {
      ...{ name: 'sdc', number: '8:32', sizeBytes: 4 * MIB },
      partitions: { 1: { name: 'sdc1', number: '8:33' }, 2: { name: 'sdc2', number: '8:34' } },
    },
    { name: 'sdd', number: '8:48' },
    { ...{ name: 'nvme0c0n1', number: '259:9', sizeBytes: MIB }, attributes: { hidden: '1' } },
    {
      ...{ name: 'sde', number: '8:64', sizeBytes: 4 * MIB },
      attributes: { ro: '1', 'device/model': 'A\u001b[2Jdisk' },
    },
  ];
  const mounts = [...MOUNTS, '40 22 0:50 / /srv/my\\040data rw - btrfs /dev/sdc2 rw'];
  const files = await fakeMachine(directory.path, { devices, mounts, swaps: ['/dev/sdc1'] });
  const disks = await observeDisks({ ...files, probe, running: null });
  t.deepEqual(
    disks.map(({ name, uses, isReadOnly }) => ({ name, uses, isReadOnly })),
    [
      { name: 'sdb', uses: ['sdb is part of md127'], isReadOnly: false },
      {
        ...{ name: 'sdc', isReadOnly: false },
        uses: ['sdc1 is swap', 'sdc2 is mounted on /srv/my data'],
      },
      { name: 'sde', uses: [], isReadOnly: true },
    ],
  );
  t.is(disks.at(-1)?.model, 'A?[2Jdisk');
});

test('tables, file systems, members of a RAID and bytes that nobody knows are data', async (t) => {
  await using directory = await temporary();
  const names = ['vda', 'vdb', 'vdc', 'vdd', 'vde', 'vdf'];
  const devices = names.map((name, index) => ({
    ...{ name, number: `252:${index * 16}`, sizeBytes: 32 * MIB },
    ...(name === 'vdb' && {
      partitions: { 1: { name: 'vdb1', number: '252:17', sizeBytes: MIB } },
    }),
  }));
  const files = await fakeMachine(directory.path, { devices, mounts: MOUNTS });
  const at = (name: string): string => path.join(files.dev, name);
  await commands.run({ tool: 'mkfs.ext4', args: ['-q', '-L', 'data', at('vda')] });
  await commands.run({ tool: 'sgdisk', args: ['--new=1:2048:+1M', at('vdb')] });
  await commands.run({ tool: 'mkswap', args: ['-q', at('vdc')] });
  await using last = await open(at('vdd'), 'r+');
  await last.write(Buffer.from('x'), 0, 1, 32 * MIB - 1);
  await using unfinished = await open(at('vde'), 'r+');
  await unfinished.write(UNFINISHED);
  const disks = await observeDisks({ ...files, probe, running: null });
  const data = (...found: string[]) => ({ kind: 'data', found });
  t.deepEqual(
    disks.map(({ content }) => content),
    [
      data(`${at('vda')}: ext4 "data"`),
      data(`${at('vdb')}: partition table (gpt)`),
      data(`${at('vdc')}: swap`),
      data(`${at('vdd')}: data of a kind that is not known`),
      { kind: 'unfinished' },
      { kind: 'blank' },
    ],
  );
});

test('a disk that cannot be read hides no other, and is not taken for empty', async (t) => {
  await using directory = await temporary();
  const lost = { name: 'vda', number: '252:0', sizeBytes: MIB };
  const files = await fakeMachine(directory.path, { devices: [lost, NVME], mounts: MOUNTS });
  await rm(path.join(files.dev, 'vda'));
  const disks = await observeDisks({ ...files, probe, running: null });
  t.deepEqual(
    disks.map(({ content }) => content),
    [
      { kind: 'blank' },
      { kind: 'data', found: [`${path.join(files.dev, 'vda')}: cannot be read (ENOENT)`] },
    ],
  );
});
