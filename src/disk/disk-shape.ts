import { z } from 'zod';
import { GPT_SECTORS } from './gpt-table.ts';
import { MIB, partitionOf, planLayout, SECTOR, type DiskLayout } from './layout.ts';

const bytes = z.int().min(MIB).multipleOf(MIB);

/** What a release says of the disk that it is made for, in its own root file system. Sizes are bytes. */
export const diskShapeSchema = z.strictObject({
  arch: z.enum(['amd64', 'arm64']),
  firmware: z.array(z.enum(['uefi', 'bios'])).min(1),
  boot: bytes,
  /** Of each slot. */
  root: bytes,
  /** At least. */
  persist: bytes,
});

export type DiskShape = Readonly<z.infer<typeof diskShapeSchema>>;

/** Where it is in the root file system. */
export const DISK_SHAPE_FILE = '/usr/lib/kubeos/disk.json';

/** The layout of a disk as large as the release asks for, at least. @param seed every identifier is derived from it */
export function leastLayout(shape: DiskShape, seed: string): DiskLayout {
  return layoutWith(shape, seed, shape.persist);
}

/**
 * The layout of a disk of so many bytes: PERSIST takes the rest, up to the last MiB that is clear of the backup table, as
 * templates/initramfs/grow-persist would give it.
 */
export function layoutFor(shape: DiskShape, seed: string, diskBytes: number): DiskLayout {
  const { startBytes } = partitionOf(leastLayout(shape, seed), 'persist');
  const end = Math.floor((diskBytes - GPT_SECTORS * SECTOR) / MIB) * MIB;
  return layoutWith(shape, seed, end - startBytes);
}

function layoutWith(shape: DiskShape, seed: string, persistBytes: number): DiskLayout {
  return planLayout({
    ...{ arch: shape.arch, bootBytes: shape.boot, rootBytes: shape.root, persistBytes, seed },
    hasBiosBoot: shape.firmware.includes('bios'),
  });
}
