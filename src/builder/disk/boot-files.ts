import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command, Commands } from '../../host/commands.ts';
import type { Arch } from '../../disk/layout.ts';
import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubVariablesOf } from '../../disk/grub-environment-slots.ts';
import { biosBootCode, type PlacedBytes } from '../grub/bios-boot-code.ts';
import { grubImageCommand, grubModuleDirectory, type Firmware } from '../grub/grub-image.ts';
import { memdiskTar } from '../grub/memdisk-tar.ts';
import { emptySlotFiles } from '../../disk/slot-files.ts';
import type { BootFiles } from './boot-partition.ts';

/** What of a release GRUB reads for its slot (contract section 4). */
export interface ReleaseBootFiles {
  readonly configuration: Uint8Array;
  readonly sums: Uint8Array;
}

/** The UEFI removable-media path (UEFI specification 3.5.1.1): it needs no entry in the firmware's variables. */
const EFI_NAMES = { amd64: 'EFI/BOOT/BOOTX64.EFI', arm64: 'EFI/BOOT/BOOTAA64.EFI' } as const;

/** BOOT of a fresh disk: slot A holds the release, committed; slot B is empty and may not boot. */
export function planBootFiles(
  release: ReleaseBootFiles,
  efiImage: Uint8Array,
  arch: Arch,
): BootFiles {
  const empty = emptySlotFiles();
  const block = serialiseGrubEnvironment(
    grubVariablesOf({ order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } }),
  );
  return new Map([
    [EFI_NAMES[arch], efiImage],
    ['kubeos/grubenv', block],
    ['kubeos/slot-A.cfg', release.configuration],
    ['kubeos/slot-A.sum', release.sums],
    ['kubeos/slot-B.cfg', empty.configuration],
    ['kubeos/slot-B.sum', empty.sums],
  ]);
}

export interface GrubRequest {
  readonly arch: Arch;
  readonly scratch: string;
  /** Seconds. */
  readonly epoch: number;
  readonly commands: Commands;
}

/** GRUB's own image with grub.cfg inside it, made by grub-mkimage. */
export async function makeGrubImage(request: GrubRequest, firmware: Firmware): Promise<Uint8Array> {
  const { memdisk, output } = grubFiles(request.scratch, firmware);
  const template = fileURLToPath(import.meta.resolve('#templates/grub.cfg'));
  await writeFile(memdisk, await memdiskTar(await readFile(template, 'utf8'), request.epoch));
  await request.commands.run(makeGrubCommand(request, firmware));
  return await readFile(output);
}

export function makeGrubCommand(
  { arch, scratch }: Pick<GrubRequest, 'arch' | 'scratch'>,
  firmware: Firmware,
): Command {
  return grubImageCommand({ firmware, arch, ...grubFiles(scratch, firmware) });
}

function grubFiles(scratch: string, firmware: Firmware): { memdisk: string; output: string } {
  return {
    memdisk: path.join(scratch, `grub-${firmware}-memdisk.tar`),
    output: path.join(scratch, `grub-${firmware}.img`),
  };
}

/** The bytes that a BIOS starts, for their places on the disk. */
export async function makeBiosBootCode(request: GrubRequest): Promise<readonly PlacedBytes[]> {
  const core = await makeGrubImage(request, 'bios');
  const directory = grubModuleDirectory({ firmware: 'bios', arch: request.arch });
  return biosBootCode(await readFile(path.join(directory, 'boot.img')), core);
}
