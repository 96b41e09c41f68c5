import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DISK_SHAPE_FILE, diskShapeSchema, type DiskShape } from '../../disk/disk-shape.ts';
import { GRUB_DIRECTORY, loadGrubImages, type GrubImages } from '../../disk/grub-images.ts';
import { KubeosError } from '../../errors.ts';

/** What the release that runs brings for a new disk. */
export interface DiskParts {
  readonly shape: DiskShape;
  readonly grub: GrubImages;
}

/**
 * @param tree where the root file system begins
 * @throws KubeosError HOST_NOT_READY where the release brings none, RELEASE_INVALID for what cannot be used
 */
export async function loadDiskParts(tree: string): Promise<DiskParts> {
  const shape = await orInvalid(DISK_SHAPE_FILE, async () => await readShape(tree));
  const grub = await orInvalid(
    GRUB_DIRECTORY,
    async () => await loadGrubImages(`${tree}${GRUB_DIRECTORY}`),
  );
  if (grub === null) throw tooOld('GRUB');
  return { shape, grub };
}

async function readShape(tree: string): Promise<DiskShape> {
  const text = await readFile(`${tree}${DISK_SHAPE_FILE}`, 'utf8').catch(() => null);
  if (text === null) throw tooOld(DISK_SHAPE_FILE);
  return diskShapeSchema.parse(JSON.parse(text));
}

function tooOld(what: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', `the release that runs brings no ${what}`, {
    hint: 'build it with this version of kubeos, and with its agent: `kubeos build --agent own`',
  });
}

/** The files are the image's: what is wrong with them is no mistake of this program. */
async function orInvalid<T>(what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const why = whyInvalid(cause);
    if (why === null) throw cause;
    throw new KubeosError('RELEASE_INVALID', `${what} of the release that runs: ${why}`, {
      cause,
      hint: 'kubeos build makes it: build the image anew, and start from that',
    });
  }
}

/** Null for what says nothing of the files. */
function whyInvalid(cause: unknown): string | null {
  if (cause instanceof z.ZodError) return z.prettifyError(cause);
  if (cause instanceof SyntaxError) return cause.message;
  const isOfFiles = cause instanceof Error && 'code' in cause && !(cause instanceof KubeosError);
  return isOfFiles ? cause.message : null;
}
