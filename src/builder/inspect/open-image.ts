import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { bytesIn } from '../../disk/positional-file.ts';
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
  await refuseOtherFiles(image, format, commands);
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
  const size = await bytesIn(await handle.stat());
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

const information = z.object({
  filename: z.string(),
  'backing-filename': z.string().optional(),
  'format-specific': z
    .object({
      data: z.object({
        'data-file': z.string().optional(),
        extents: z.array(z.object({ filename: z.string() })).default([]),
      }),
    })
    .optional(),
});

/**
 * An image may name any file of this host as its backing file, its data file or an extent: a guest could read it,
 * and write to it. One that comes from elsewhere must not.
 *
 * @throws KubeosError USAGE
 */
export async function refuseOtherFiles(
  image: string,
  format: Exclude<ImageFormat, 'raw'>,
  commands: Commands,
): Promise<void> {
  const args = ['info', '-f', QEMU_DRIVERS[format], '--output=json', image];
  const { stdout } = await commands.run({ tool: 'qemu-img', args });
  const found = information.parse(JSON.parse(stdout));
  const { extents = [], 'data-file': data } = found['format-specific']?.data ?? {};
  const others = [data, ...extents.map(({ filename }) => filename)];
  const other = others.find((file) => file !== undefined && file !== found.filename);
  if (other !== undefined) {
    throw new KubeosError('USAGE', `${image} has its contents in another file, ${other}`, {
      hint: `if you trust both: qemu-img convert -f ${QEMU_DRIVERS[format]} -O qcow2 ${image} whole.qcow2`,
    });
  }
  const backing = found['backing-filename'];
  if (backing === undefined) return;
  throw new KubeosError('USAGE', `${image} is only the difference to ${backing}`, {
    hint: `make it whole first: qemu-img convert -O qcow2 ${image} whole.qcow2`,
  });
}
