import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { makeRootFileSystem } from '../src/builder/root-image/root-file-system.ts';
import { grubVariablesOf } from '../src/disk/grub-environment-slots.ts';
import { serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import { MIB, partitionOf, SECTOR } from '../src/disk/layout.ts';
import { mkfsBootArea } from '../src/disk/mkfs.ts';
import { writeAll, writeFileAt } from '../src/disk/write-at.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import { configurationOf, makeDecisionDisk, type DecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const SEED = 'forms';

const environment = serialiseGrubEnvironment(
  grubVariablesOf({ order: 'B A', A: { ok: true, tries: 0 }, B: { ok: true, tries: 0 } }),
);

async function makeDisk(directory: string): Promise<DecisionDisk> {
  const disk = await makeDecisionDisk(commands, { directory, seed: SEED, environment });
  const { startBytes, sizeBytes } = partitionOf(disk.layout, 'root-b');
  await using file = await open(disk.file, 'r+');
  await writeAll(file, Buffer.alloc(sizeBytes), startBytes);
  return disk;
}

/** Writes slot B's tree as such a file system; returns its size in bytes. */
async function writeRootOfB(disk: DecisionDisk, fileSystem: 'squashfs' | 'erofs'): Promise<number> {
  const image = path.join(disk.directory, fileSystem);
  const tree = path.join(disk.directory, 'tree-B');
  const request = { tree, image, fileSystem, seed: SEED, epoch: 0, commands };
  const size = await makeRootFileSystem(request);
  await writeFileAt(image, disk.file, partitionOf(disk.layout, 'root-b').startBytes);
  return size;
}

test('GRUB boots from a squashfs root as the builder makes it', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-forms-'));
  const disk = await makeDisk(directory.path);
  await writeRootOfB(disk, 'squashfs');
  const boot = await observeBoot({ firmware: 'bios', disks: [{ file: disk.file }] });
  t.regex(boot.commandLine ?? '', /^B /);
});

for (const firmware of ['bios', 'uefi'] as const) {
  test(`GRUB boots from the area behind a root that it cannot read, under ${firmware}`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-forms-'));
    const disk = await makeDisk(directory.path);
    const rootBytes = await writeRootOfB(disk, 'erofs');
    const area = path.join(directory.path, 'area');
    const request = { image: area, label: 'AREA', uuid: partitionOf(disk.layout, 'boot').guid };
    const tree = path.join(directory.path, 'tree-B');
    await commands.run(mkfsBootArea({ ...request, sizeBytes: MIB, epoch: 0 }, tree));
    const { startBytes, guid } = partitionOf(disk.layout, 'root-b');
    await writeFileAt(area, disk.file, startBytes + rootBytes);
    const place = { firstSector: rootBytes / SECTOR, sectors: MIB / SECTOR };
    await bootFilesOn(disk, commands).write('slot-B.cfg', configurationOf('B', { area: place }));

    const boot = await observeBoot({ firmware, disks: [{ file: disk.file }] });
    t.regex(boot.commandLine ?? '', /^B /);
    t.true(boot.commandLine?.includes(`root=PARTUUID=${guid} `));
  });
}

/** None of these may be taken for a file pattern, a variable, or the script's own signs. */
const ODD_ARGUMENTS = [
  'a=$root',
  '[x]',
  '{a,b}',
  'c=;',
  '#',
  '<',
  '|',
  '&',
  '!',
  '~',
  'd=%2',
  '-n',
];

test('kernel arguments reach the kernel as they are, and the verity argument before them', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-forms-'));
  const disk = await makeDecisionDisk(commands, {
    directory: directory.path,
    seed: SEED,
    environment,
  });
  const verity = { rootHash: 'ab'.repeat(32), hashOffset: 4096 };
  const kernelArguments = [...ODD_ARGUMENTS, 'x'.repeat(1300)];
  const changed = configurationOf('B', { kernelArguments, verity });
  await bootFilesOn(disk, commands).write('slot-B.cfg', changed);
  const boot = await observeBoot({ firmware: 'bios', disks: [{ file: disk.file }] });
  const expected = ['gpt panic=30', `kubeos.verity=${verity.rootHash},4096`, ...kernelArguments];
  t.is(boot.commandLine?.slice(boot.commandLine.indexOf('gpt panic')), expected.join(' '));
});
