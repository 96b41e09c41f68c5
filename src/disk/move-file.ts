import { rename } from 'node:fs/promises';
import path from 'node:path';
import { copySparse } from './copy-sparse.ts';
import { flush } from './flush-tree.ts';

/**
 * Moves a file by rename, also from another file system: then it is copied beside its place first. It appears whole
 * and stays so: its bytes are on the disk before its name is.
 */
export async function moveFile(source: string, destination: string): Promise<void> {
  await flush(source);
  try {
    await rename(source, destination);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const temporary = `${destination}.${process.pid}.part`;
    await copySparse(source, temporary);
    await flush(temporary);
    await rename(temporary, destination);
  }
  await flush(path.dirname(destination));
}
