import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BiosImages } from './bios-boot-code.ts';

/** GRUB as a release brings it: with these a node brings BOOT up to date, and a disk is made that boots. */
export interface GrubImages {
  readonly uefi: { readonly version: string; readonly image: Uint8Array };
  /** null: the definition asks for UEFI alone. */
  readonly bios: ({ readonly version: string } & BiosImages) | null;
}

/** Where they are in the root file system. */
export const GRUB_DIRECTORY = '/usr/lib/kubeos/boot';

const FILES = { uefi: 'grub-uefi.img', bios: 'grub-bios.img', bootSector: 'boot-sector.img' };
const VERSIONS = 'grub.json';

const version = z.string().regex(/^(?:uefi|bios)-[0-9a-f]{16}$/);
const versionsSchema = z.strictObject({ uefi: version, bios: version.nullable() });

/** Content by name, for `GRUB_DIRECTORY`. */
export function grubFiles({ uefi, bios }: GrubImages): ReadonlyMap<string, string | Uint8Array> {
  const versions = { uefi: uefi.version, bios: bios?.version ?? null };
  return new Map<string, string | Uint8Array>([
    [VERSIONS, `${JSON.stringify(versions)}\n`],
    [FILES.uefi, uefi.image],
    ...(bios === null
      ? []
      : ([
          [FILES.bios, bios.core],
          [FILES.bootSector, bios.bootSector],
        ] as const)),
  ]);
}

/** Versions for each firmware; null where the release that runs was built before releases brought GRUB. */
export async function loadGrubVersions(
  directory: string,
): Promise<z.infer<typeof versionsSchema> | null> {
  const text = await readFile(path.join(directory, VERSIONS), 'utf8').catch(() => null);
  return text === null ? null : versionsSchema.parse(JSON.parse(text));
}

/** Of the release that runs; null where it was built before releases brought GRUB. */
export async function loadGrubImages(directory: string): Promise<GrubImages | null> {
  const at = async (name: string): Promise<Uint8Array> =>
    await readFile(path.join(directory, name));
  const versions = await loadGrubVersions(directory);
  if (versions === null) return null;
  const { uefi, bios } = versions;
  return {
    uefi: { version: uefi, image: await at(FILES.uefi) },
    bios:
      bios === null
        ? null
        : { version: bios, core: await at(FILES.bios), bootSector: await at(FILES.bootSector) },
  };
}
