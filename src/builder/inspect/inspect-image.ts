import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { bytesIn } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { openScratch, type Scratch } from '../../host/open-scratch.ts';
import { identifyFileSystem } from './identify-file-system.ts';
import type { ImageReport } from './image-report.ts';
import { inspectDisk } from './inspect-disk.ts';
import { inspectRelease } from './inspect-release.ts';
import { inspectRootImage } from './inspect-root-image.ts';
import { openImage } from './open-image.ts';
import type { InspectContext, ObservedImage } from './observed-image.ts';
import { readPartitionTable } from './partition-table.ts';

export interface InspectOptions {
  readonly commands: Commands;
  /** Where unpacked contents go for the time being; default the system's folder for temporary files. */
  readonly scratchDirectory?: string;
}

/**
 * What is in an image: a disk (raw, qcow2, vmdk, vhd), a root image, or the folder of a release. Nothing is
 * mounted and nothing in it is changed.
 *
 * @throws KubeosError USAGE for something else, BUILD_CHECK_FAILED for what is damaged beyond reading
 */
export async function inspectImage(image: string, options: InspectOptions): Promise<ImageReport> {
  await using scratch = await openInspectScratch(options);
  return (await observeImage(image, { commands: options.commands, scratch: scratch.path })).report;
}

export async function openInspectScratch({
  scratchDirectory = tmpdir(),
}: Pick<InspectOptions, 'scratchDirectory'>): Promise<Scratch> {
  return await openScratch(scratchDirectory);
}

/** The same with the files of the system; they can be read as long as the scratch folder is there. */
export async function observeImage(image: string, context: InspectContext): Promise<ObservedImage> {
  if (await isDirectory(image)) {
    if ((await readdir(image)).includes('manifest.json')) {
      return await inspectRelease(image, context);
    }
    throw unknown(image, 'a folder without a manifest.json');
  }
  const opened = await openImage(image, context.scratch, context.commands);
  const table = await readPartitionTable(opened.raw, context.commands);
  if (table !== undefined) {
    return await inspectDisk({ path: image, image: opened, table }, context);
  }
  const region = { file: opened.raw, offset: 0, size: await bytesIn(await stat(opened.raw)) };
  const fileSystem = await identifyFileSystem(region, context.commands);
  if (fileSystem === null) throw unknown(image, 'neither a GPT nor a file system');
  return await inspectRootImage({ path: image, image: opened, fileSystem }, context);
}

async function isDirectory(image: string): Promise<boolean> {
  try {
    return (await stat(image)).isDirectory();
  } catch (error) {
    throw new KubeosError('USAGE', `${image} cannot be opened`, {
      cause: error,
      hint: 'name a disk image, a root image or the folder of a release',
    });
  }
}

function unknown(image: string, found: string): KubeosError {
  return new KubeosError('USAGE', `${image} is no image of kubeos: it is ${found}`, {
    hint: 'name a disk image, a root image or the folder of a release',
  });
}
