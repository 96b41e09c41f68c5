import { createHash } from 'node:crypto';
import { mkdtempDisposable, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { partitionOf, type PartitionRole } from '../../src/disk/layout.ts';
import { commands, LAYOUT } from './testbed.ts';

const placeOf = (disk: string, role: PartitionRole): string =>
  `${disk}?offset=${partitionOf(LAYOUT, role).startBytes}`;

/** Whether this partition holds the same bytes on both disks. */
export async function hasSame(role: PartitionRole, one: string, two: string): Promise<boolean> {
  return (await sumOf(one, role)) === (await sumOf(two, role));
}

async function sumOf(disk: string, role: PartitionRole): Promise<string> {
  return createHash('sha256')
    .update(await bytesOf(disk, role))
    .digest('hex');
}

/** The text of a file on PERSIST of a machine that has gone off; empty where there is none. */
export async function persistText(disk: string, file: string): Promise<string> {
  const args = ['-R', `cat ${file}`, placeOf(disk, 'persist')];
  return (await commands.run({ tool: 'debugfs', args })).stdout.trim();
}

/**
 * What the tools that others use say about the disk of a machine that has gone off in order: nothing.
 *
 * @throws Error or KubeosError COMMAND_FAILED with what they do say
 */
export async function assertSound(disk: string): Promise<void> {
  for (const [tool, words] of [
    ['sgdisk', 'No problems found'],
    ['sfdisk', 'No errors detected'],
  ] as const) {
    const { stdout } = await commands.run({ tool, args: ['--verify', disk] });
    if (!stdout.includes(words)) throw new Error(`${tool}: ${stdout}`);
  }
  await commands.run({ tool: 'e2fsck', args: ['-fn', placeOf(disk, 'persist')] });
  await using scratch = await mkdtempDisposable(`${disk}.boot-`);
  const boot = path.join(scratch.path, 'boot');
  await writeFile(boot, await bytesOf(disk, 'boot'));
  await commands.run({ tool: 'fsck.vfat', args: ['-n', boot] });
}

async function bytesOf(disk: string, role: PartitionRole): Promise<Buffer> {
  const { startBytes, sizeBytes } = partitionOf(LAYOUT, role);
  await using file = await open(disk, 'r');
  const bytes = Buffer.alloc(sizeBytes);
  await file.read(bytes, 0, sizeBytes, startBytes);
  return bytes;
}
