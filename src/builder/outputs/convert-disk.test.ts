import { mkdtempDisposable, open, readFile, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { copySparse } from '../../disk/copy-sparse.ts';
import { MIB } from '../../disk/layout.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { convertDisk, type DiskFormat } from './convert-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-convert-'));

async function makeDisk(disk: string): Promise<void> {
  await using handle = await open(disk, 'wx');
  await handle.truncate(32 * MIB);
  await commands.run({ tool: 'sgdisk', args: ['--new=1:2048:+20M', disk] });
  await handle.write(Buffer.alloc(100_000, 'content'), 0, 100_000, 5 * MIB + 123);
  await handle.write(Buffer.from('last'), 0, 4, 32 * MIB - 4);
}

const DRIVERS = { qcow2: 'qcow2', vmdk: 'vmdk', vhd: 'vpc' } as const;

const equalsDisk = test.macro({
  title: (_, format: DiskFormat) =>
    `${format}: holds the same bytes as the disk and takes little room`,
  async exec(t, format: DiskFormat) {
    await using dir = await temporary();
    const disk = path.join(dir.path, 'disk.raw');
    const output = path.join(dir.path, `disk.${format}`);
    await makeDisk(disk);
    await convertDisk(format, { disk, output, commands, seed: 'test' });
    const args = ['compare', '-f', 'raw', '-F', DRIVERS[format], disk, output];
    t.regex((await commands.run({ tool: 'qemu-img', args })).stdout, /Images are identical/);
    t.true((await stat(output)).blocks * 512 < 4 * MIB);
    t.deepEqual((await readdir(dir.path)).toSorted(), [`disk.${format}`, 'disk.raw'].toSorted());
  },
});
test(equalsDisk, 'qcow2');
test(equalsDisk, 'vmdk');
test(equalsDisk, 'vhd');

const reproducible = test.macro({
  title: (_, format: DiskFormat) =>
    `${format}: is the same bytes again, in another folder, with or without holes in the disk`,
  async exec(t, format: DiskFormat) {
    await using first = await temporary();
    await using second = await temporary();
    const disk = path.join(first.path, 'disk.raw');
    await makeDisk(disk);
    const filled = path.join(second.path, 'filled.raw');
    await commands.run({ tool: 'cp', args: ['--sparse=never', disk, filled] });
    const outputs = [first.path, second.path].map((dir) => path.join(dir, `disk.${format}`));
    const [one = '', other = ''] = outputs;
    await convertDisk(format, { disk, output: one, commands, seed: 'test' });
    await convertDisk(format, { disk: filled, output: other, commands, seed: 'test' });
    t.true((await readFile(one)).equals(await readFile(other)));
  },
});
test(reproducible, 'qcow2');
test(reproducible, 'vmdk');
test(reproducible, 'vhd');

test('vmdk: another content gives another content identifier, and qemu-img finds no fault', async (t) => {
  await using dir = await temporary();
  const disk = path.join(dir.path, 'disk.raw');
  const changed = path.join(dir.path, 'changed.raw');
  await makeDisk(disk);
  await copySparse(disk, changed);
  {
    await using handle = await open(changed, 'r+');
    await handle.write(Buffer.from('x'), 0, 1, 9 * MIB);
  }
  const identifiers: string[] = [];
  for (const source of [disk, changed]) {
    const output = path.join(dir.path, 'disk.vmdk');
    await convertDisk('vmdk', { disk: source, output, commands, seed: 'test' });
    await commands.run({ tool: 'qemu-img', args: ['check', output] });
    const info = await commands.run({ tool: 'qemu-img', args: ['info', output] });
    identifiers.push(/ cid: (\d+)/.exec(info.stdout)?.[1] ?? '');
  }
  t.regex(identifiers.join(' '), /^\d+ \d+$/);
  t.not(identifiers[0], identifiers[1]);
});

test('vhd: is a whole number of MiB and a footer, as Azure asks, and carries an identifier from the seed', async (t) => {
  await using dir = await temporary();
  const disk = path.join(dir.path, 'disk.raw');
  await makeDisk(disk);
  const identifiers: string[] = [];
  for (const seed of ['one', 'two']) {
    const output = path.join(dir.path, `${seed}.vhd`);
    await convertDisk('vhd', { disk, output, commands, seed });
    const bytes = await readFile(output);
    t.is(bytes.length, 32 * MIB + 512);
    identifiers.push(bytes.toString('hex', bytes.length - 512 + 68, bytes.length - 512 + 84));
  }
  t.not(identifiers[0], identifiers[1]);
});

test('refuses a disk that was cut short, and leaves nothing behind', async (t) => {
  await using dir = await temporary();
  const disk = path.join(dir.path, 'disk.raw');
  await makeDisk(disk);
  {
    await using handle = await open(disk, 'r+');
    await handle.truncate(32 * MIB - 512);
  }
  const output = path.join(dir.path, 'disk.vhd');
  const error = await t.throwsAsync(convertDisk('vhd', { disk, output, commands, seed: 'test' }));
  t.like(error, { code: 'BUILD_CHECK_FAILED' });
  t.deepEqual(await readdir(dir.path), ['disk.raw']);
});
