import { KubeosError } from '../errors.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

/**
 * The failure that came first, as an error of ours where the system's own code says what to do about it. Any write
 * of kubeos itself may meet a full disk; tools that meet it are told apart where they are run.
 */
export function knownError(error: unknown): unknown {
  if (error instanceof SuppressedError) return knownError(error.suppressed);
  if (!(error instanceof Error && 'code' in error && NO_SPACE.has(String(error.code))))
    return error;
  return new KubeosError('NO_SPACE', `the disk is full: ${error.message}`, {
    cause: error,
    hint: 'free some space on that file system, or build with --out on another',
  });
}
