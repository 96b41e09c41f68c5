/** One call of `kubeos-agent`, parsed. */
export interface Invocation {
  readonly socket: string;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
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
}

export interface AgentCommand {
  readonly usage: string;
  readonly summary: string;
  readonly run: (invocation: Invocation) => Promise<Said>;
}
