import { KubeosError } from '../../errors.ts';

const NO_SPACE_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * What the file system and an aborted signal throw while a base is made, as errors that a person can act on.
 * @throws KubeosError CANCELLED, NO_SPACE, DEFINITION_INVALID for a path that cannot be read
 */
export async function explainBaseFailures<Result>(
  { subject, signal }: { readonly subject: string; readonly signal: AbortSignal },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof KubeosError ? error : explained(error, subject, signal);
  }
}

function explained(error: unknown, subject: string, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new KubeosError('CANCELLED', `stopped reading ${subject}`, { cause: error });
  }
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (NO_SPACE_CODES.has(code)) {
    return new KubeosError('NO_SPACE', `no space left while unpacking ${subject}`, {
      cause: error,
      hint: 'free some space on that file system, or build with --out on another',
    });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new KubeosError('DEFINITION_INVALID', `${subject} is not there: ${error.message}`, {
      cause: error,
      hint: "paths in a definition are relative to the definition's folder",
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new KubeosError('DEFINITION_INVALID', `${subject} cannot be read: ${error.message}`, {
      cause: error,
      hint: 'run as a user who may read it',
    });
  }
  return error;
}
