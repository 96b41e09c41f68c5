import { mkdir, mkdtempDisposable, open, readdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { copySparse } from '../../disk/copy-sparse.ts';
import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { MIB } from '../../disk/layout.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { convertDisk } from '../outputs/convert-disk.ts';
import type { DiskReport, ImageReport } from './image-report.ts';
import { inspectImage } from './inspect-image.ts';
import { makeTestDisk, type TestImage } from './testing/make-test-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-inspect-test-'));

const IMAGE: TestImage = {
  version: '1.4.2',
  epoch: 7,
  packages: { zlib1g: '1:1.3-1', bash: '5.2-3+b1' },
  kernelArguments: ['console=ttyS0,115200', 'quiet'],
  files: { 'usr/lib/systemd/system/sys.mount': '' },
  links: { 'etc/systemd/system/hwclock.service': '/dev/null' },
};

/** Made once; each test gets a copy of its own, since sgdisk waits for every disk of the host. */
const original = await temporary();
test.after.always(async () => await original.remove());
const made = makeTestDisk(path.join(original.path, 'image'), IMAGE, commands);

async function copyOf(what: 'disk' | 'rootImage', directory: string): Promise<string> {
  const copy = path.join(directory, what);
  await copySparse((await made)[what], copy);
  return copy;
}

/** Where a test disk has its first root partition. */
const ROOT_A = 65 * MIB;

async function inspectDisk(t: ExecutionContext, disk: string): Promise<DiskReport> {
  const report = await inspectImage(disk, { commands });
  if (report.kind === 'disk') return report;
  t.fail();
  throw new Error(`it is a ${report.kind}`);
}

const faultsOf = (report: ImageReport): string[] =>
  report.findings
    .filter(({ level }) => level === 'fault')
    .map(({ subject, text }) => `${subject}: ${text}`);

test('reports the partitions of a disk with their file systems', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const report = await inspectDisk(t, disk);
  t.deepEqual(
    report.partitions.map(({ number, label, start, size, attributes, fileSystem }) => [
      ...[number, label, start / MIB, Math.round(size / MIB), attributes.join(' ')],
      fileSystem?.type ?? null,
    ]),
    [
      [1, 'BOOT', 1, 64, '', 'vfat'],
      [2, 'ROOT-A', 65, 16, 'GUID:60', 'ext4'],
      [3, 'ROOT-B', 81, 16, 'GUID:60 GUID:63', null],
      [4, 'PERSIST', 97, 8, '', null],
      [5, 'BIOS-BOOT', 34 / 2048, 1, '', null],
    ],
  );
  t.is(report.size, 106 * MIB);
});

test('reports what each slot holds, and that nothing is wrong with it', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const report = await inspectDisk(t, disk);
  t.deepEqual(faultsOf(report), []);
  t.is(report.boot?.next, 'A');
  t.true(report.boot?.files.includes('kubeos/slot-B.sum'));
  t.like(report.slots[0], {
    release: {
      ...{ version: '1.4.2', epoch: 7, kernel: '/boot/vmlinuz' },
      kernelArguments: ['console=ttyS0,115200', 'quiet'],
    },
    root: {
      ...{ kernels: ['6.12.1'], os: { ID: 'debian', IMAGE_VERSION: '1.4.2' } },
      units: { enabled: ['ssh.service'], masked: ['hwclock.service'] },
    },
  });
  const packages = report.slots[0]?.root?.packages ?? [];
  t.deepEqual(
    packages.map(({ name, version }) => `${name} ${version}`),
    ['bash 5.2-3+b1', 'zlib1g 1:1.3-1'],
  );
  t.like(report.slots[1], { slot: 'B', release: null, root: null, verity: null });
});

const sameReport = test.macro({
  title: (_, format: 'qcow2' | 'vmdk' | 'vhd') => `${format}: is reported as the raw disk is`,
  async exec(t, format: 'qcow2' | 'vmdk' | 'vhd') {
    await using dir = await temporary();
    const disk = await copyOf('disk', dir.path);
    const output = path.join(dir.path, `disk.${format}`);
    await convertDisk(format, { disk, output, commands, seed: 'test' });
    const [raw, converted] = [await inspectDisk(t, disk), await inspectDisk(t, output)];
    t.deepEqual({ ...converted, path: '', format: 'raw' }, { ...raw, path: '' });
    t.is(converted.format, format);
  },
});
test(sameReport, 'qcow2');
test(sameReport, 'vmdk');
test(sameReport, 'vhd');

test('finds a changed block of the root, and the place where it is', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  await overwrite(disk, ROOT_A + 7 * MIB, 'x');
  const report = await inspectDisk(t, disk);
  t.deepEqual(faultsOf(report).length, 1);
  t.regex(faultsOf(report)[0] ?? '', /^slot A: dm-verity: Verification failed at position 734003/);
});

test('finds a kernel that GRUB will refuse', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const rootImage = await copyOf('rootImage', dir.path);
  const kernel = path.join(dir.path, 'kernel');
  await writeFile(kernel, 'another kernel');
  const input = `rm /boot/vmlinuz\nwrite ${kernel} /boot/vmlinuz\n`;
  await commands.run({ tool: 'debugfs', args: ['-w', '-f', '-', rootImage], input });
  await copySparse(rootImage, disk, { offset: ROOT_A });
  const faults = faultsOf(await inspectDisk(t, disk));
  t.is(faults.length, 2);
  t.regex(faults[0] ?? '', /^slot A: dm-verity: /);
  t.regex(faults[1] ?? '', /^slot A: \/boot\/vmlinuz: has the SHA-256 .*, GRUB expects/);
});

test('reads no kernel that claims more bytes than GRUB could load', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const rootImage = await copyOf('rootImage', dir.path);
  const request = `set_inode_field /boot/vmlinuz size ${2 ** 43}`;
  await commands.run({ tool: 'debugfs', args: ['-w', '-R', request, rootImage] });
  await copySparse(rootImage, disk, { offset: ROOT_A });
  const faults = faultsOf(await inspectDisk(t, disk));
  const expected = `slot A: /boot/vmlinuz: is ${2 ** 43} bytes long, expected at most ${2 ** 30}`;
  t.is(faults.at(-1), expected);
});

const ON_TRIAL = { order: 'B A', A_ok: '1', B_ok: '0', B_tries: '2' };

/** A block with one bad byte behind its variables, which GRUB reads over, but then it can save no try. */
function withBadByte(variables: Readonly<Record<string, string>>): Uint8Array {
  const block = Buffer.from(serialiseGrubEnvironment(new Map(Object.entries(variables))));
  block.writeUInt8(0xff, 600);
  return block;
}

for (const { what, block, next } of [
  { what: 'is empty', block: new Uint8Array(1024), next: 'A' },
  { what: 'commits B', block: withBadByte({ ...ON_TRIAL, B_ok: '1' }), next: 'B' },
  { what: 'has B on trial, which cannot be counted', block: withBadByte(ON_TRIAL), next: 'A' },
] as const) {
  test(`says which slot GRUB will try with a damaged block that ${what}`, async (t) => {
    await using dir = await temporary();
    const disk = await copyOf('disk', dir.path);
    const file = path.join(dir.path, 'grubenv');
    await writeFile(file, block);
    const args = ['-o', '-i', `${disk}@@1M`, file, '::/kubeos/grubenv'];
    await commands.run({ tool: 'mcopy', args, environment: { MTOOLS_SKIP_CHECK: '1' } });
    const report = await inspectDisk(t, disk);
    t.like(report.boot, { environment: { kind: 'damaged' }, next });
    const fault = 'GRUB environment: holds bytes that are not text; GRUB will try slot';
    t.is(faultsOf(report)[0], `${fault} ${next} first`);
  });
}

test('finds a partition table whose copy at the end is gone', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  await overwrite(disk, 106 * MIB - 512, '\0'.repeat(512));
  t.deepEqual(faultsOf(await inspectDisk(t, disk)), ['partition table: backup header damaged']);
});

test('reports a root image by itself, with the root hash that its tree has', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const rootImage = await copyOf('rootImage', dir.path);
  const report = await inspectImage(rootImage, { commands });
  t.is(report.kind, 'root-image');
  t.deepEqual(faultsOf(report), []);
  const [slot] = (await inspectDisk(t, disk)).slots;
  t.deepEqual(report.kind === 'root-image' && report.root, slot?.root);
  t.is(report.kind === 'root-image' && report.verity?.rootHash, slot?.release?.verity?.rootHash);
});

test('notes that without verity root can write to the running system', async (t) => {
  await using dir = await temporary();
  const rootImage = await copyOf('rootImage', dir.path);
  await truncate(rootImage, 8 * MIB);
  const { findings } = await inspectImage(rootImage, { commands });
  t.deepEqual(
    findings.map(({ level, text }) => `${level}: ${text}`),
    ['note: none: root on the node can write to the running system'],
  );
});

test('reads nothing of a file that the image names as its base', async (t) => {
  await using dir = await temporary();
  const base = path.join(dir.path, 'base.raw');
  const overlay = path.join(dir.path, 'overlay.qcow2');
  await writeFile(base, Buffer.alloc(MIB));
  const args = ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', overlay];
  await commands.run({ tool: 'qemu-img', args });
  const error = await t.throwsAsync(inspectImage(overlay, { commands }));
  t.like(error, { code: 'USAGE' });
  t.regex(error.message, /only the difference to/);
});

test('says what is wrong with something that is no image', async (t) => {
  await using dir = await temporary();
  const text = path.join(dir.path, 'notes.txt');
  await writeFile(text, 'no image');
  await mkdir(path.join(dir.path, 'folder'));
  for (const name of ['notes.txt', 'folder', 'absent']) {
    const error = await t.throwsAsync(inspectImage(path.join(dir.path, name), { commands }));
    t.like(error, { code: 'USAGE' });
    t.true(error.message.includes(name));
  }
});

test('leaves nothing in the scratch folder', async (t) => {
  await using dir = await temporary();
  const disk = await copyOf('disk', dir.path);
  const scratchDirectory = path.join(dir.path, 'scratch');
  await mkdir(scratchDirectory);
  await inspectImage(disk, { commands, scratchDirectory });
  const copy = path.join(dir.path, 'cut.raw');
  await copySparse(disk, copy);
  await overwrite(copy, ROOT_A + 1024, '\0'.repeat(512));
  await t.notThrowsAsync(inspectImage(copy, { commands, scratchDirectory }));
  t.deepEqual(await readdir(scratchDirectory), []);
});

async function overwrite(file: string, position: number, text: string): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.write(Buffer.from(text), 0, text.length, position);
}
