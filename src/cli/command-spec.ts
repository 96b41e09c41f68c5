/** A command as data: yargs, the completion script, the man page and the reference are all made from it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly Example[];
  /** Imported only when the command is run: `kubeos --help` pays for none of them. */
  readonly load: () => Promise<CommandRun>;
}

export interface PositionalSpec {
  readonly name: string;
  readonly summary: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'number' | 'strings';
  readonly summary: string;
  readonly default?: string | boolean | number;
  readonly choices?: readonly string[];
  readonly alias?: string;
}

export interface Example {
  readonly command: string;
  readonly explains: string;
}

/** What the outside world gives a command. */
export interface CliContext {
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** @returns the exit code */
export type CommandRun = (
  args: Readonly<Record<string, unknown>>,
  context: CliContext,
) => Promise<number>;
