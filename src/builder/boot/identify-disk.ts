import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readGpt } from '../../disk/gpt.ts';
import { archOfRoot, SECTOR, type Arch } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import type { ImageFormat } from '../inspect/image-report.ts';
import { imageFormatOf, QEMU_DRIVERS, refuseOtherFiles } from '../inspect/open-image.ts';

export interface IdentifiedDisk {
  readonly format: ImageFormat;
  readonly arch: Arch;
}

/** Protective MBR, header and entries of the primary partition table. */
const TABLE_BYTES = 34 * SECTOR;
const ROOT_A = 2;

/**
 * The format of a disk image, by its content, and the architecture that it is for, by the type of its root partition.
 *
 * @throws KubeosError USAGE when it is no disk of kubeos
 */
export async function identifyDisk(image: string, commands: Commands): Promise<IdentifiedDisk> {
  const format = await opened(image, async () => await imageFormatOf(image));
  const start =
    format === 'raw' ? await startOf(image) : await convertedStart(image, format, commands);
  const table = readGpt((offset, length) => start.subarray(offset, offset + length), 1);
  const arch = archOfRoot(table?.entries.get(ROOT_A)?.typeGuid ?? '');
  if (arch !== undefined) return { format, arch };
  throw new KubeosError('USAGE', `${image} is no disk of kubeos: ${foundIn(table !== undefined)}`, {
    hint: 'kubeos inspect IMAGE says what it holds; build a disk with kubeos build',
  });
}

const foundIn = (hasTable: boolean): string =>
  hasTable ? 'partition 2 is no root file system of amd64 or arm64' : 'it has no partition table';

async function opened<T>(image: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new KubeosError('USAGE', `${image} cannot be opened`, { cause });
  }
}

async function startOf(file: string): Promise<Buffer> {
  await using handle = await open(file, 'r');
  const bytes = Buffer.alloc(TABLE_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  return bytes.subarray(0, bytesRead);
}

/** Only the start is converted, so that it takes no longer for a large disk. */
async function convertedStart(
  image: string,
  format: Exclude<ImageFormat, 'raw'>,
  commands: Commands,
): Promise<Buffer> {
  await refuseOtherFiles(image, format, commands);
  await using directory = await openScratch(tmpdir());
  const start = path.join(directory.path, 'start.raw');
  const forms = ['-f', QEMU_DRIVERS[format], '-O', 'raw'];
  const part = [`bs=${TABLE_BYTES}`, 'count=1', `if=${image}`, `of=${start}`];
  await commands.run({ tool: 'qemu-img', args: ['dd', ...forms, ...part] });
  return await startOf(start);
}
