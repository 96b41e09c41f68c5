import { KubeosError } from '../../errors.ts';

/** Waits for a read. @returns false where the disk does not give these bytes: a bad sector, or it ends before them */
export async function isReadable(reading: Promise<void>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    // Errors of the system have it (node:fs); a bug has not.
    const isOfSystem = error instanceof Error && 'syscall' in error;
    if (isOfSystem || (error instanceof KubeosError && error.code === 'RELEASE_INVALID'))
      return false;
    throw error;
  }
}
