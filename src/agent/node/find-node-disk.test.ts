import { mkdtempDisposable, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB, planLayout, type DiskLayout } from '../../disk/layout.ts';
import { guidOf, makeKernelFiles } from '../testing/kernel-files.ts';
import { findNodeDisk } from './find-node-disk.ts';

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

test('the disk is the one that has the booted partition, whatever devices are called', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const files = await makeKernelFiles(dir.path, guidOf(mine, 'root-b'), [
    { name: 'nvme1n1', layout: layoutOf('other'), infix: 'p' },
    { name: 'nvme2n1', layout: mine, infix: 'p' },
    { name: 'sda', layout: layoutOf('third') },
  ]);
  t.deepEqual(await findNodeDisk(files), {
    booted: 'B',
    disk: path.join(files.dev, 'nvme2n1'),
    boot: path.join(files.dev, 'nvme2n1p1'),
    root: { A: path.join(files.dev, 'nvme2n1p2'), B: path.join(files.dev, 'nvme2n1p3') },
    ...{ biosBoot: null, grub: null, triesArguments: false },
  });
  const cmdline = await readFile(path.join(files.proc, 'cmdline'), 'utf8');
  const said = `${cmdline.trim()} kubeos.grub=uefi-0123456789abcdef gpt\n`;
  await writeFile(path.join(files.proc, 'cmdline'), said);
  t.is((await findNodeDisk(files)).grub, 'uefi-0123456789abcdef');
});

test('the backup table is as good as the primary, and lower case as upper', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const guid = guidOf(mine, 'root-a').toLowerCase();
  const files = await makeKernelFiles(dir.path, guid, [{ name: 'vda', layout: mine }]);
  {
    await using disk = await open(path.join(files.dev, 'vda'), 'r+');
    await disk.write(Buffer.alloc(512), 0, 512, 512);
  }
  t.is((await findNodeDisk(files)).booted, 'A');
});

test('two disks that are copies of each other are both refused, by name', async (t) => {
  await using dir = await temporary();
  const mine = layoutOf('mine');
  const files = await makeKernelFiles(dir.path, guidOf(mine, 'root-a'), [
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
  const files = await makeKernelFiles(dir.path, guidOf(mine, 'boot'), [
    { name: 'vda', layout: mine },
  ]);
  const refused = { code: 'HOST_NOT_READY' };
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /partition 1 of vda, not one/ });
  const cmdline = path.join(files.proc, 'cmdline');
  await writeFile(cmdline, `root=PARTUUID=${guidOf(layoutOf('gone'), 'root-a')}\n`);
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /no disk has/ });
  await writeFile(cmdline, 'root=/dev/vda2 ro\n');
  await t.throwsAsync(findNodeDisk(files), { ...refused, message: /was not told a partition/ });
});
