import { KubeosError } from '../errors.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * The failure that came first, as an error of ours where the system's own code says what to do about it. Any write
 * of kubeos itself may meet a full disk; tools that meet it are told apart where they are run.
 */
export function knownError(error: unknown): unknown {
  if (error instanceof SuppressedError) return knownError(error.suppressed);
  if (!(error instanceof Error && 'code' in error)) return error;
  const code = String(error.code);
  if (NOT_ALLOWED.has(code)) {
    return new KubeosError('HOST_NOT_READY', `this user may not do that: ${error.message}`, {
      cause: error,
      hint: 'give the user that right, or name another place',
    });
  }
  if (!NO_SPACE.has(code)) return error;
  return new KubeosError('NO_SPACE', `the disk is full: ${error.message}`, {
    cause: error,
    hint: 'free some space on that file system, or name a place on another',
  });
}
