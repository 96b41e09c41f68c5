import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import type { ImageFormat } from './image-report.ts';

export interface OpenedImage {
  readonly format: ImageFormat;
  /** A raw file with the same contents; the image itself where it is one. */
  readonly raw: string;
}

/** QEMU's name of each format. */
export const QEMU_DRIVERS = { raw: 'raw', qcow2: 'qcow2', vmdk: 'vmdk', vhd: 'vpc' } as const;

/**
 * Gives a raw view of an image in any format that kubeos writes.
 *
 * @param scratch folder for the raw copy of another format
 * @throws KubeosError BUILD_CHECK_FAILED, COMMAND_FAILED
 */
export async function openImage(
  image: string,
  scratch: string,
  commands: Commands,
): Promise<OpenedImage> {
  const format = await imageFormatOf(image);
  if (format === 'raw') return { format, raw: image };
  await refuseBackingFile(image, format, commands);
  const raw = path.join(scratch, 'disk.raw');
  const args = ['convert', '-f', QEMU_DRIVERS[format], '-O', 'raw', image, raw];
  await commands.run({ tool: 'qemu-img', args });
  return { format, raw };
}

const FOOTER_BYTES = 512;
const VHD_COOKIE = 'conectix';

/** By the first bytes, and for a fixed VHD, which begins as the disk does, by the last ones. */
export async function imageFormatOf(image: string): Promise<ImageFormat> {
  await using handle = await open(image, 'r');
  const { size } = await handle.stat();
  const head = await textAt(handle, 0);
  if (head.startsWith('QFI\xfb')) return 'qcow2';
  if (head.startsWith('KDMV') || head.startsWith('# Disk DescriptorFile')) return 'vmdk';
  if (head.startsWith(VHD_COOKIE)) return 'vhd';
  const tail = size < FOOTER_BYTES ? '' : await textAt(handle, size - FOOTER_BYTES);
  return tail.startsWith(VHD_COOKIE) ? 'vhd' : 'raw';
}

async function textAt(handle: Awaited<ReturnType<typeof open>>, position: number): Promise<string> {
  const bytes = Buffer.alloc(32);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
  return bytes.toString('latin1', 0, bytesRead);
}

const information = z.object({ 'backing-filename': z.string().optional() });

/** An image may name any file of this host as its backing file; one that comes from elsewhere must not. */
async function refuseBackingFile(
  image: string,
  format: Exclude<ImageFormat, 'raw'>,
  commands: Commands,
): Promise<void> {
  const args = ['info', '-f', QEMU_DRIVERS[format], '--output=json', image];
  const { stdout } = await commands.run({ tool: 'qemu-img', args });
  const backing = information.parse(JSON.parse(stdout))['backing-filename'];
  if (backing === undefined) return;
  throw new KubeosError('USAGE', `${image} is only the difference to ${backing}`, {
    hint: `make it whole first: qemu-img convert -O qcow2 ${image} whole.qcow2`,
  });
}
