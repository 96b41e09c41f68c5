/** One call of `kubeos-agent`, parsed. */
export interface Invocation {
  readonly socket: string;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Of this program. */
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whoever waits here goes; the agent goes on. */
  readonly signal: AbortSignal;
}

/** What a command says when it is done. */
export interface Said {
  /** To a person. */
  readonly text: string;
  /** To a program, with --json; default: the status that came of it; null where all is said already. */
  readonly document?: { readonly kind: string; readonly content: object } | null;
  /** Default: 0 (contract section 8). */
  readonly exitCode?: number;
}

export interface CommandOption {
  /** What follows it; a flag without. */
  readonly takes?: string;
  readonly summary: string;
}

export interface AgentCommand {
  /** Each way to call it. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** So many words follow its name at most; default: none. */
  readonly words?: number;
  /** A unit starts it, not a person. */
  readonly isForUnits?: boolean;
  /** Imported only when it is run: each call of the program pays for what it needs, and the daemon for itself. */
  readonly load: () => Promise<(invocation: Invocation) => Promise<Said>>;
}
