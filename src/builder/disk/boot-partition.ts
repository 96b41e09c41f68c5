import { createHash } from 'node:crypto';
import { mkdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileTree } from '../../disk/fat32-tree.ts';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { partitionOf, type DiskLayout } from '../../disk/layout.ts';
import { mkfsFat32 } from '../../disk/mkfs.ts';
import { uuidOf } from '../../disk/uuid.ts';

export interface BootPartitionRequest {
  readonly files: FileTree;
  /** The FAT32 image to make. */
  readonly image: string;
  /** Scratch folder for the files on their way in. */
  readonly scratch: string;
  readonly layout: DiskLayout;
  readonly seed: string;
  /** Seconds. */
  readonly epoch: number;
  readonly commands: Commands;
}

/** BOOT as a file of its own: FAT32 by mkfs.vfat, filled by mtools, checked by fsck.vfat and read back. */
export async function makeBootPartition(request: BootPartitionRequest): Promise<void> {
  const { image, commands, files } = request;
  await writeFile(image, '');
  await truncate(image, partitionOf(request.layout, 'boot').sizeBytes);
  for (const [name, content] of files) await stage(request, name, content);
  const { make, readBack } = bootPartitionCommands({ ...request, names: [...files.keys()] });
  for (const command of make) await commands.run(command);
  for (const [name, content] of files) {
    await commands.run(readBack(name));
    await compare(request, name, content);
  }
}

type BootPartitionPlan = Omit<BootPartitionRequest, 'files' | 'commands'> & {
  readonly names: readonly string[];
};

/** What makes BOOT of the staged files, and what reads a file of it back. */
export function bootPartitionCommands({
  image,
  scratch,
  layout,
  seed,
  epoch,
  names,
}: BootPartitionPlan): { readonly make: Command[]; readonly readBack: (name: string) => Command } {
  // Times that are the build's own, in UTC (mtools(1), SOURCE_DATE_EPOCH).
  const environment = { SOURCE_DATE_EPOCH: String(epoch), MTOOLS_SKIP_CHECK: '1' };
  const onImage = (tool: string, ...args: string[]): Command => {
    return { tool, args: ['-i', image, ...args], environment };
  };
  return {
    make: [
      mkfsFat32(image, partitionOf(layout, 'boot').label, volumeIdOf(seed)),
      ...directoriesOf(names).map((directory) => onImage('mmd', `::/${directory}`)),
      ...names.map((name) => onImage('mcopy', '-m', path.join(scratch, name), `::/${name}`)),
      { tool: 'fsck.vfat', args: ['-n', image] },
    ],
    readBack: (name) => onImage('mcopy', '-n', '-o', `::/${name}`, readBackFile(scratch)),
  };
}

/** The FAT serial number: four bytes of the derived identifier, as mkfs.vfat takes it. */
function volumeIdOf(seed: string): string {
  return uuidOf(seed, 'boot/fat').slice(0, 8);
}

const readBackFile = (scratch: string): string => path.join(scratch, 'read-back');

function directoriesOf(names: readonly string[]): string[] {
  const directories = new Set<string>();
  for (const name of names) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_, index) => directories.add(parts.slice(0, index + 1).join('/')));
  }
  return [...directories].toSorted();
}

async function stage(
  { scratch, epoch }: BootPartitionRequest,
  name: string,
  content: Uint8Array,
): Promise<void> {
  const staged = path.join(scratch, name);
  await mkdir(path.dirname(staged), { recursive: true });
  await writeFile(staged, content);
  await utimes(staged, epoch, epoch);
}

async function compare(
  { scratch }: BootPartitionRequest,
  name: string,
  content: Uint8Array,
): Promise<void> {
  if (digest(await readFile(readBackFile(scratch))).equals(digest(content))) return;
  throw new KubeosError('BUILD_CHECK_FAILED', `${name} on BOOT differs from what was written`, {
    hint: 'check the disk below the output folder, then build again',
  });
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
