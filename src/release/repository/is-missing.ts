/** ENOTDIR: what should be a folder on the way is a file. 2: SSH_FX_NO_SUCH_FILE of an SFTP server, by ssh2. */
const MISSING: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 2]);

/** Whether a call of node:fs, or of an SFTP server, says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(error.code);
}
