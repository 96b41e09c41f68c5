import { constants, copyFile, open, rm, stat } from 'node:fs/promises';
import { writeFileAt } from './write-at.ts';

export interface SparseCopyOptions {
  /** Bytes; copies into an existing file from there on. Without it the destination is made anew. */
  readonly offset?: number;
}

/**
 * Copies a file and leaves zeros as holes. A whole file is cloned where the file system can share blocks
 * (btrfs, XFS): then nothing is read or written.
 */
export async function copySparse(
  source: string,
  destination: string,
  options: SparseCopyOptions = {},
): Promise<void> {
  if (options.offset !== undefined) return await writeFileAt(source, destination, options.offset);
  if (await clone(source, destination)) return;
  const { size } = await stat(source);
  await makeEmpty(destination, size);
  await writeFileAt(source, destination, 0);
}

/** What Linux answers when these two places cannot share blocks: FICLONE in ioctl_ficlone(2). */
const CANNOT_CLONE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** A plain copyFile would fill the holes, so the clone is forced, or not done at all. */
async function clone(source: string, destination: string): Promise<boolean> {
  try {
    await copyFile(source, destination, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && CANNOT_CLONE.has(String(error.code))) {
      return false;
    }
    throw error;
  }
}

async function makeEmpty(file: string, sizeBytes: number): Promise<void> {
  // Removed first: blocks of a former file would show through the holes.
  await rm(file, { force: true });
  await using handle = await open(file, 'wx');
  await handle.truncate(sizeBytes);
}
