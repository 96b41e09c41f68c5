import { mkdtempDisposable, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { MIB } from './layout.ts';
import { mkfsPersistExt4 } from './mkfs.ts';

const commands = hostCommands({ signal: new AbortController().signal });

for (const mebibytes of [64, 512]) {
  test(`PERSIST of ${mebibytes} MiB has the group descriptors to grow to 8 TiB`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-mkfs-'));
    const image = path.join(directory.path, 'disk');
    const sizeBytes = mebibytes * MIB;
    await writeFile(image, '');
    await truncate(image, MIB + sizeBytes);
    const uuid = '00000000-0000-4000-8000-000000000000';
    await commands.run(
      mkfsPersistExt4({ image, label: 'PERSIST', uuid, sizeBytes, epoch: 1 }, MIB),
    );
    const place = `${image}?offset=${MIB}`;
    await commands.run({ tool: 'e2fsck', args: ['-fn', place] });
    const { stdout } = await commands.run({ tool: 'dumpe2fs', args: ['-h', place] });
    const numberOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(stdout)?.[1]);
    const descriptorsInBlock = 4096 / numberOf('Group descriptor size');
    const groups = Math.ceil(numberOf('Block count') / numberOf('Blocks per group'));
    const descriptorBlocks =
      Math.ceil(groups / descriptorsInBlock) + numberOf('Reserved GDT blocks');
    t.is(descriptorBlocks * descriptorsInBlock * numberOf('Blocks per group') * 4096, 8 * 2 ** 40);
  });
}
