import { mkdir, mkdtempDisposable, open, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB, partitionOf, planLayout, type DiskLayout } from '../../disk/layout.ts';
import { sgdiskCommand } from '../../disk/sgdisk.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { findNodeDisk, type KernelFiles } from './find-node-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-disks-'));

const layoutOf = (seed: string): DiskLayout =>
  planLayout({
    arch: 'amd64',
    bootBytes: 36 * MIB,
    rootBytes: 2 * MIB,
    persistBytes: MIB,
    hasBiosBoot: false,
    seed,
  });

interface TestDisk {
  readonly name: string;
  readonly layout: DiskLayout;
  /** Between the name of the disk and the number of a partition. */
  readonly infix?: string;
}

/** /proc, /sys and /dev of a machine with these disks; tables are made by sgdisk. */
async function machine(
  directory: string,
  rootGuid: string,
  disks: readonly TestDisk[],
): Promise<KernelFiles> {
  const [proc, sys, dev] = ['proc', 'sys', 'dev'].map((name) => path.join(directory, name));
  if (proc === undefined || sys === undefined || dev === undefined) throw new Error('three names');
  for (const place of [proc, dev, path.join(sys, 'class/block')]) {
    await mkdir(place, { recursive: true });
  }
  await writeFile(path.join(proc, 'cmdline'), `root=PARTUUID=${rootGuid} ro kubeos.slot=A gpt\n`);
  for (const disk of disks) await addDisk({ proc, sys, dev }, disk);
  return { proc, sys, dev };
}

async function addDisk({ sys, dev }: KernelFiles, disk: TestDisk): Promise<void> {
  const { name, layout, infix = '' } = disk;
  const file = path.join(dev, name);
  await (await open(file, 'wx')).close();
  await truncate(file, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, file));
  const place = path.join(sys, 'devices/pci0', name);
  await mkdir(place, { recursive: true });
  await symlink(place, path.join(sys, 'class/block', name));
  for (const number of [1, 2, 3, 4]) {
    const partition = `${name}${infix}${number}`;
    await mkdir(path.join(place, partition));
    await writeFile(path.join(place, partition, 'partition'), `${number}\n`);
    await symlink(path.join(place, partition), path.join(sys, 'class/block', partition));
  }
}

const guidOf = (layout: DiskLayout, role: 'root-a' | 'root-b' | 'boot'): string =>
  partitionOf(layout, role).guid;

test('the disk is the one that has the booted partition, whatever devices are called', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const files = await machine(dir.path, guidOf(mine, 'root-b'), [
    { name: 'nvme1n1', layout: layoutOf('other'), infix: 'p' },
    { name: 'nvme2n1', layout: mine, infix: 'p' },
    { name: 'sda', layout: layoutOf('third') },
  ]);
  t.deepEqual(await findNodeDisk(files), {
    booted: 'B',
    disk: path.join(files.dev, 'nvme2n1'),
    boot: path.join(files.dev, 'nvme2n1p1'),
    root: { A: path.join(files.dev, 'nvme2n1p2'), B: path.join(files.dev, 'nvme2n1p3') },
  });
});

test('the backup table is as good as the primary, and lower case as upper', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const guid = guidOf(mine, 'root-a').toLowerCase();
  const files = await machine(dir.path, guid, [{ name: 'vda', layout: mine }]);
  {
    await using disk = await open(path.join(files.dev, 'vda'), 'r+');
    await disk.write(Buffer.alloc(512), 0, 512, 512);
  }
  t.is((await findNodeDisk(files)).booted, 'A');
});

test('two disks that are copies of each other are both refused, by name', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const files = await machine(dir.path, guidOf(mine, 'root-a'), [
    { name: 'sda', layout: mine },
    { name: 'sdb', layout: mine },
  ]);
  await t.throwsAsync(findNodeDisk(files), {
    code: 'HOST_NOT_READY',
    message: /sda and sdb are copies of each other/,
  });
});

test('no disk, a partition that is no slot, and a root without identifier are refused', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const files = await machine(dir.path, guidOf(mine, 'boot'), [{ name: 'vda', layout: mine }]);
  const refused = { code: 'HOST_NOT_READY' };
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /partition 1 of vda, not one/ });
  const cmdline = path.join(files.proc, 'cmdline');
  await writeFile(cmdline, `root=PARTUUID=${guidOf(layoutOf('gone'), 'root-a')}\n`);
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /no disk has/ });
  await writeFile(cmdline, 'root=/dev/vda2 ro\n');
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /was not told a partition/ });
});
