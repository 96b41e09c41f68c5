import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGrub } from '../../src/builder/grub/make-grub.ts';
import { BIOS_PLACE_BYTES, biosPlace } from '../../src/disk/bios-boot-code.ts';
import { findInFat } from '../../src/disk/fat-extent.ts';
import type { GrubImages } from '../../src/disk/grub-images.ts';
import { UEFI_PLACE_BYTES, UEFI_SECOND } from '../../src/disk/grub-places.ts';
import { sealGrubImage } from '../../src/disk/grub-seal.ts';
import { partitionOf } from '../../src/disk/layout.ts';
import { openPositional, partOf } from '../../src/disk/positional-file.ts';
import { writeAll } from '../../src/disk/write-at.ts';
import type { Commands } from '../../src/host/commands.ts';
import type { DecisionDisk } from './decision-disk.ts';

type Firmware = 'uefi' | 'bios';

/** What stands in the second place, for either firmware, and the version that it is asked for by. */
export interface SecondGrub {
  readonly version: Readonly<Record<Firmware, string>>;
  readonly places: Readonly<Record<Firmware, Uint8Array>>;
}

/** Our GRUB with another grub.cfg, sealed. */
export async function makeSecondGrub(commands: Commands): Promise<SecondGrub> {
  return sealed(await makeOtherGrub(commands));
}

/** Our GRUB with another grub.cfg, as a release brings it. */
export async function makeOtherGrub(commands: Commands): Promise<GrubImages> {
  await using scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-second-'));
  const template = fileURLToPath(import.meta.resolve('#templates/grub.cfg'));
  return await makeGrub({
    ...{ arch: 'amd64', firmware: ['uefi', 'bios'], scratch: scratch.path, epoch: 0, commands },
    grubCfg: `${await readFile(template, 'utf8')}\n# Another.\n`,
  });
}

/** As large and as well sealed, but no program. */
export function makeNoProgram(): SecondGrub {
  const text = Buffer.alloc(50_000, 'no program ');
  const version = { uefi: 'uefi-00000000000000ee', bios: 'bios-00000000000000ee' };
  const labelOf = (firmware: Firmware) => ({ version: version[firmware], epoch: 2 });
  return {
    version,
    places: {
      uefi: sealGrubImage(text, labelOf('uefi'), UEFI_PLACE_BYTES),
      bios: sealGrubImage(text, labelOf('bios'), BIOS_PLACE_BYTES),
    },
  };
}

function sealed({ uefi, bios }: GrubImages): SecondGrub {
  if (bios === null) throw new Error('made for a BIOS too');
  const labelOf = (version: string) => ({ version, epoch: 2 });
  return {
    version: { uefi: uefi.version, bios: bios.version },
    places: {
      uefi: sealGrubImage(uefi.image, labelOf(uefi.version), UEFI_PLACE_BYTES),
      bios: biosPlace(bios, labelOf(bios.version), 1041),
    },
  };
}

/** Puts it where an agent would, with one byte of it changed if told so. */
export async function writeSecondGrub(
  { file, layout }: DecisionDisk,
  { places }: SecondGrub,
  { isDamaged = false } = {},
): Promise<void> {
  const [uefi, bios] = [places.uefi, places.bios].map((bytes) => {
    const copy = Buffer.from(bytes);
    if (isDamaged) copy.writeUInt8(copy.readUInt8(3000) ^ 1, 3000);
    return copy;
  });
  if (uefi === undefined || bios === undefined) throw new Error('two places');
  const { startBytes, sizeBytes } = partitionOf(layout, 'boot');
  await using disk = await openPositional(file, { isWritable: true });
  const boot = partOf(disk, startBytes, sizeBytes);
  await boot.write(uefi, (await findInFat(boot, UEFI_SECOND)).offset);
  await using handle = await open(file, 'r+');
  await writeAll(handle, bios, 1041 * 512);
}
