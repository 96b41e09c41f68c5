import { mkdtempDisposable, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB, planLayout, type Arch } from '../../disk/layout.ts';
import { sgdiskCommand } from '../../disk/sgdisk.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { convertDisk } from '../outputs/convert-disk.ts';
import { identifyDisk } from './identify-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-identify-'));

async function makeDisk(directory: string, arch: Arch): Promise<string> {
  const disk = path.join(directory, `${arch}.raw`);
  const sizes = { bootBytes: 40 * MIB, rootBytes: 8 * MIB, persistBytes: 8 * MIB };
  const layout = planLayout({ arch, ...sizes, hasBiosBoot: arch === 'amd64', seed: 'identify' });
  await writeFile(disk, '');
  await truncate(disk, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, disk));
  return disk;
}

for (const arch of ['amd64', 'arm64'] as const) {
  test(`finds what a disk for ${arch} is for in the disk, whatever its format and name`, async (t) => {
    await using directory = await temporary();
    const disk = await makeDisk(directory.path, arch);
    t.deepEqual(await identifyDisk(disk, commands), { format: 'raw', arch });
    for (const format of ['qcow2', 'vmdk', 'vhd'] as const) {
      const output = path.join(directory.path, `${format}.img`);
      await convertDisk(format, { disk, output, commands, seed: 'test' });
      t.deepEqual(await identifyDisk(output, commands), { format, arch });
    }
  });
}

test('a file that is no disk of kubeos is refused, with the reason', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'file');
  await t.throwsAsync(identifyDisk(file, commands), { code: 'USAGE', message: /cannot be opened/ });
  await writeFile(file, 'too short for anything');
  const noTable = { code: 'USAGE', message: /no partition table/ };
  await t.throwsAsync(identifyDisk(file, commands), noTable);
  await truncate(file, 16 * MIB);
  await commands.run({ tool: 'sgdisk', args: ['--clear', '--new=2:2048:0', file] });
  const noRoot = { code: 'USAGE', message: /partition 2 is no root/ };
  await t.throwsAsync(identifyDisk(file, commands), noRoot);
});

test('an image that names other files of this host is refused: the guest could read and change them', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, 'amd64');
  const at = (name: string): string => path.join(directory.path, name);
  const create = async (...args: readonly string[]): Promise<unknown> =>
    await commands.run({ tool: 'qemu-img', args: ['create', '-q', ...args] });
  await create('-f', 'qcow2', '-b', disk, '-F', 'raw', at('backing'));
  await create('-f', 'qcow2', '-o', `data_file=${at('data')},data_file_raw=on`, at('apart'), '64M');
  await create('-f', 'vmdk', '-o', 'subformat=monolithicFlat', at('flat.vmdk'), '64M');
  for (const [name, message] of [
    ['backing', /only the difference to/],
    ['apart', /contents in another file, .*data$/],
    ['flat.vmdk', /contents in another file, .*flat-flat\.vmdk$/],
  ] as const) {
    await t.throwsAsync(identifyDisk(at(name), commands), { code: 'USAGE', message }, name);
  }
});
