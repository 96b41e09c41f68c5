import { hash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GrubImages } from '../../disk/grub-images.ts';
import type { Arch } from '../../disk/layout.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { grubImageCommand, grubModuleDirectory, type Firmware } from './grub-image.ts';
import { memdiskTar } from './memdisk-tar.ts';

export interface GrubRequest {
  readonly arch: Arch;
  readonly firmware: readonly Firmware[];
  readonly scratch: string;
  /** Seconds: the same for all builds, so that an unchanged GRUB is unchanged in the next release. */
  readonly epoch: number;
  readonly commands: Commands;
  /** grub.cfg; default templates/grub.cfg. */
  readonly grubCfg?: string;
}

/** GRUB's own images with grub.cfg inside, made by grub-mkimage, and their versions. */
export async function makeGrub(request: GrubRequest): Promise<GrubImages> {
  await mkdir(request.scratch, { recursive: true });
  const template = fileURLToPath(import.meta.resolve('#templates/grub.cfg'));
  const grubCfg = request.grubCfg ?? (await readFile(template, 'utf8'));
  const make = { ...request, grubCfg };
  return {
    uefi: await makeVersioned(make, 'uefi', Buffer.alloc(0)),
    bios: request.firmware.includes('bios') ? await makeBios(make) : null,
  };
}

async function makeBios(request: Required<GrubRequest>): Promise<GrubImages['bios']> {
  const directory = grubModuleDirectory({ firmware: 'bios', arch: request.arch });
  const bootSector = await readFile(path.join(directory, 'boot.img'));
  const { version, image: core } = await makeVersioned(request, 'bios', bootSector);
  return { version, core, bootSector };
}

/** What the version of an image stands in place of while it is not known: it is the digest of the image with this. */
const UNKNOWN = '0'.repeat(16);

/** An image says its own version, so it is made twice. */
async function makeVersioned(
  request: Required<GrubRequest>,
  firmware: Firmware,
  beside: Uint8Array,
): Promise<{ readonly version: string; readonly image: Uint8Array }> {
  const versionless = await makeImage(request, firmware, `${firmware}-${UNKNOWN}`);
  const digest = hash('sha256', Buffer.concat([versionless, beside])).slice(0, UNKNOWN.length);
  const version = `${firmware}-${digest}`;
  return { version, image: await makeImage(request, firmware, version) };
}

async function makeImage(
  { grubCfg, arch, scratch, epoch, commands }: Required<GrubRequest>,
  firmware: Firmware,
  version: string,
): Promise<Uint8Array> {
  const { memdisk, output } = grubFiles(scratch, firmware);
  const text = grubCfg.replace('@version@', version);
  await writeFile(memdisk, await memdiskTar(text, epoch));
  await commands.run(makeGrubCommand({ arch, scratch }, firmware));
  return await readFile(output);
}

function makeGrubCommand(
  { arch, scratch }: Pick<GrubRequest, 'arch' | 'scratch'>,
  firmware: Firmware,
): Command {
  return grubImageCommand({ firmware, arch, ...grubFiles(scratch, firmware) });
}

/** In the order in which `makeGrub` runs them. */
export function makeGrubCommands(
  request: Pick<GrubRequest, 'arch' | 'scratch' | 'firmware'>,
): Command[] {
  const kinds: readonly Firmware[] = request.firmware.includes('bios')
    ? ['uefi', 'bios']
    : ['uefi'];
  return kinds.flatMap((kind) => [makeGrubCommand(request, kind), makeGrubCommand(request, kind)]);
}

function grubFiles(scratch: string, firmware: Firmware): { memdisk: string; output: string } {
  return {
    memdisk: path.join(scratch, `grub-${firmware}-memdisk.tar`),
    output: path.join(scratch, `grub-${firmware}.img`),
  };
}
