/** Whether a call of node:fs, or of an SFTP server by ssh2's status (SSH_FX_NO_SUCH_FILE), says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 2);
}
