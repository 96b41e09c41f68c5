/** Process exit codes by error code; the table of `docs/contracts.md` section 8. */
const EXIT_CODES = {
  INTERNAL: 1,
  USAGE: 2,
  DEFINITION_INVALID: 3,
  LOCK_MISMATCH: 3,
  SETTINGS_REFUSED: 3,
  HOST_NOT_READY: 4,
  NO_SPACE: 4,
  COMMAND_FAILED: 5,
  BUILD_CHECK_FAILED: 5,
  NETWORK: 6,
  RELEASE_INVALID: 6,
  RELEASE_HALTED: 6,
  UNTRUSTED: 6,
  CLUSTER: 7,
  REFUSED: 8,
  TIMED_OUT: 10,
  CANCELLED: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/** Whether what another process calls an error is one of ours. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(EXIT_CODES, code);

/** Every code, in the order of the table. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(EXIT_CODES).filter(isErrorCode);

export const exitCodeOf = (code: ErrorCode): number => EXIT_CODES[code];

/** Of these the message has all that there is: what was written or stopped, where, and what would be right. */
const SAY_ALL: ReadonlySet<ErrorCode> = new Set([
  ...(['USAGE', 'DEFINITION_INVALID', 'SETTINGS_REFUSED', 'CANCELLED'] as const),
]);

/** Whether the page of a code says more than its message. */
export const hasMoreToSay = (code: ErrorCode): boolean => !SAY_ALL.has(code);

export interface ErrorDetails {
  readonly cause?: unknown;
  /** The next thing to do, as a sentence or a command. */
  readonly hint?: string;
}

/** A failure that a person can act on: what failed, with the value, and what to do next. */
export class KubeosError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'KubeosError';
    this.code = code;
    this.hint = details.hint;
  }

  get exitCode(): number {
    return exitCodeOf(this.code);
  }
}
