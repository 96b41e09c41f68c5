/** More are not written down, and not waited for. */
export const MAX_DAEMON_SETS = 256;
