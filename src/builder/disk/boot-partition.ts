import { createHash } from 'node:crypto';
import { mkdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { partitionOf, type DiskLayout } from '../../disk/layout.ts';
import { mkfsFat32 } from '../../disk/mkfs.ts';
import { uuidOf } from '../../disk/uuid.ts';

/** A file of BOOT by its path there, for example EFI/BOOT/BOOTX64.EFI. */
export type BootFiles = ReadonlyMap<string, Uint8Array>;

export interface BootPartitionRequest {
  readonly files: BootFiles;
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
  const { sizeBytes, label } = partitionOf(request.layout, 'boot');
  await writeFile(image, '');
  await truncate(image, sizeBytes);
  await commands.run(mkfsFat32(image, label, volumeIdOf(request.seed)));
  const mtools = mtoolsOn(request);
  for (const directory of directoriesOf(files)) await mtools('mmd', `::/${directory}`);
  for (const [name, content] of files) {
    const staged = await stage(request, name, content);
    await mtools('mcopy', '-m', staged, `::/${name}`);
  }
  await commands.run({ tool: 'fsck.vfat', args: ['-n', image] });
  await compareFiles(request);
}

/** The FAT serial number: four bytes of the derived identifier, as mkfs.vfat takes it. */
function volumeIdOf(seed: string): string {
  return uuidOf(seed, 'boot/fat').slice(0, 8);
}

/** mtools with times that are the build's own, in UTC (mtools(1), SOURCE_DATE_EPOCH). */
function mtoolsOn({ image, commands, epoch }: BootPartitionRequest) {
  return async (tool: 'mmd' | 'mcopy' | 'mtype', ...args: string[]): Promise<void> => {
    const environment = { SOURCE_DATE_EPOCH: String(epoch), MTOOLS_SKIP_CHECK: '1' };
    await commands.run({ tool, args: ['-i', image, ...args], environment });
  };
}

function directoriesOf(files: BootFiles): string[] {
  const directories = new Set<string>();
  for (const name of files.keys()) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_, index) => directories.add(parts.slice(0, index + 1).join('/')));
  }
  return [...directories].toSorted();
}

async function stage(
  request: BootPartitionRequest,
  name: string,
  content: Uint8Array,
): Promise<string> {
  const staged = path.join(request.scratch, name);
  await mkdir(path.dirname(staged), { recursive: true });
  await writeFile(staged, content);
  await utimes(staged, request.epoch, request.epoch);
  return staged;
}

async function compareFiles({
  image,
  commands,
  files,
  scratch,
}: BootPartitionRequest): Promise<void> {
  const copy = path.join(scratch, 'read-back');
  for (const [name, content] of files) {
    await commands.run({ tool: 'mcopy', args: ['-n', '-o', '-i', image, `::/${name}`, copy] });
    if (!digest(await readFile(copy)).equals(digest(content))) {
      throw new KubeosError('BUILD_CHECK_FAILED', `${name} on BOOT differs from what was written`, {
        hint: 'check the disk below the output folder, then build again',
      });
    }
  }
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
