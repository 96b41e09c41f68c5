import { open, stat } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { MIB, SECTOR } from '../../disk/layout.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { writeAll } from '../../disk/write-at.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { normaliseVhdFooter, VHD_FOOTER_BYTES } from './normalise-vhd.ts';
import {
  contentIdOf,
  NO_CONTENT_ID,
  vmdkDescriptorPlace,
  withContentId,
} from './normalise-vmdk.ts';
import { sha256Of } from '../build/sha256-of.ts';

export type DiskFormat = 'qcow2' | 'vmdk' | 'vhd';

export interface ConvertRequest {
  /** The raw disk; a multiple of 1 MiB long, as Azure asks of a VHD. */
  readonly disk: string;
  readonly output: string;
  readonly commands: Commands;
  /** The VHD's unique identifier is derived from it. */
  readonly seed: string;
}

/** qemu-img's name for each format, and options that do not depend on its version's defaults. */
const QEMU = {
  qcow2: { driver: 'qcow2', options: 'compat=1.1,cluster_size=65536,refcount_bits=16' },
  vmdk: { driver: 'vmdk', options: 'subformat=streamOptimized' },
  // force_size: without it the size is rounded to a geometry of cylinders and heads.
  vhd: { driver: 'vpc', options: 'subformat=fixed,force_size=on' },
} as const;

/**
 * The raw disk in another format. The same disk and seed give the same bytes, whenever and wherever it
 * runs. The result is compared with the disk.
 */
export async function convertDisk(format: DiskFormat, request: ConvertRequest): Promise<void> {
  const { disk, output, commands } = request;
  const [convert, compare] = convertCommands(format, { disk, output });
  await assertWholeMiB(disk);
  await commands.run(convert);
  await normalise(format, output, request.seed);
  await commands.run(compare);
}

export function convertCommands(
  format: DiskFormat,
  { disk, output }: Pick<ConvertRequest, 'disk' | 'output'>,
): [convert: Command, compare: Command] {
  const { driver, options } = QEMU[format];
  const convert = ['convert', '-f', 'raw', '-O', driver, '-o', options, disk, output];
  const compare = ['compare', '-f', 'raw', '-F', driver, disk, output];
  return [
    { tool: 'qemu-img', args: convert },
    { tool: 'qemu-img', args: compare },
  ];
}

async function normalise(format: DiskFormat, file: string, seed: string): Promise<void> {
  switch (format) {
    case 'qcow2':
      return;
    case 'vmdk':
      return await normaliseVmdk(file);
    case 'vhd':
      return await normaliseVhd(file, seed);
    default:
      return format satisfies never;
  }
}

async function normaliseVhd(file: string, seed: string): Promise<void> {
  await using handle = await open(file, 'r+');
  const position = (await handle.stat()).size - VHD_FOOTER_BYTES;
  const footer = Buffer.alloc(VHD_FOOTER_BYTES);
  await handle.read(footer, 0, footer.length, position);
  await writeAll(handle, normaliseVhdFooter(footer, uuidOf(seed, 'vhd')), position);
}

async function normaliseVmdk(file: string): Promise<void> {
  await setContentId(file, NO_CONTENT_ID);
  await setContentId(file, contentIdOf(await sha256Of(file)));
}

async function setContentId(file: string, contentId: string): Promise<void> {
  await using handle = await open(file, 'r+');
  const header = Buffer.alloc(SECTOR);
  await handle.read(header, 0, header.length, 0);
  const { offsetBytes, sizeBytes } = vmdkDescriptorPlace(header);
  const descriptor = Buffer.alloc(sizeBytes);
  await handle.read(descriptor, 0, sizeBytes, offsetBytes);
  await writeAll(handle, withContentId(descriptor, contentId), offsetBytes);
}

async function assertWholeMiB(disk: string): Promise<void> {
  const { size } = await stat(disk);
  if (size > 0 && size % MIB === 0) return;
  throw new KubeosError(
    'BUILD_CHECK_FAILED',
    `${disk} is ${size} bytes long, expected a multiple of ${MIB}`,
    { hint: 'a disk that `kubeos build` made is; was this one cut short?' },
  );
}
