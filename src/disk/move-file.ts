import { rename } from 'node:fs/promises';
import { copySparse } from './copy-sparse.ts';

/** Moves a file by rename, also from another file system: then it is copied beside its place first, so that it appears whole. */
export async function moveFile(source: string, destination: string): Promise<void> {
  try {
    await rename(source, destination);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const temporary = `${destination}.${process.pid}.part`;
    await copySparse(source, temporary);
    await rename(temporary, destination);
  }
}
