/** One external command as data: a tool name (found by the tool locator) and its arguments, never a shell string. */
export interface Command {
  readonly tool: string;
  readonly args: readonly string[];
  /** Bytes for standard input; none: standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Added to a minimal environment (PATH, HOME, LC_ALL=C.UTF-8, TZ=UTC). */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Its output holds secrets: it is kept out of the log and of errors. */
  readonly hasSecretOutput?: boolean;
  /** Its output is long and says nothing: it is kept out of the log. */
  readonly isQuiet?: boolean;
  /** Exit codes that mean success; default only 0. */
  readonly successCodes?: readonly number[];
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs external commands. Features receive it, so that a dry run or a test can pass its own. */
export interface Commands {
  /** @throws KubeosError COMMAND_FAILED with the last lines of output, HOST_NOT_READY when the tool is missing, CANCELLED */
  run(command: Command): Promise<CommandResult>;
}
