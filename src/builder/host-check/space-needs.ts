import type { BuildPlan } from '../build/build-plan.ts';

/** Room that a build takes, in a folder that may share its file system with the others. */
export interface SpaceNeed {
  readonly directory: string;
  readonly neededBytes: number;
  /** The option or variable that names another place. */
  readonly choice: string;
}

const MIB = 2 ** 20;
/** A root partition is to have half as much room again as the image in it (see `assemble-disk`). */
const PARTITION_PER_IMAGE = 1.5;
/** The tree or what is compressed of it, the root image, and the disk. */
const IMAGES_OF_A_BUILD = 3;
/** Kernel, initramfs, BOOT, and what of PERSIST is written. */
const REST = 512 * MIB;
/** apt's package lists; or the copy of an RPM database. */
const LISTS = { apt: 256 * MIB, other: 64 * MIB } as const;

type Needing = Pick<BuildPlan, 'definition' | 'outputDirectory' | 'cacheDirectory'>;

/** An estimate from the definition alone, before anything is known of its packages. */
export function spaceNeeds(plan: Needing, temporaryDirectory: string): SpaceNeed[] {
  const { base, outputs, partitions } = plan.definition;
  const image = Math.ceil(partitions.root / PARTITION_PER_IMAGE);
  // Every other form holds the root image once more; the raw disk is moved.
  const copies = outputs.filter((output) => output !== 'raw').length;
  const isCached = base.type === 'apt' || base.type === 'dnf';
  return [
    {
      directory: plan.outputDirectory,
      neededBytes: (IMAGES_OF_A_BUILD + copies) * image + REST,
      choice: '--out',
    },
    {
      directory: plan.cacheDirectory,
      // The packages, and the root file system as a tar.
      neededBytes: isCached ? Math.ceil(1.5 * image) : 0,
      choice: '--cache-directory',
    },
    {
      directory: temporaryDirectory,
      neededBytes: base.type === 'apt' ? LISTS.apt : LISTS.other,
      choice: 'TMPDIR',
    },
  ];
}
