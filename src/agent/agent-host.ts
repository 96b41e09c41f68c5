import type { CommandRunner } from './command-runner.ts';
import type { AgentPlaces } from './node-places.ts';

/** What the daemon runs on. */
export interface AgentHost {
  readonly places: AgentPlaces;
  readonly version: string;
  /** What the machine takes for the time. */
  readonly clock: () => Date;
  readonly run: CommandRunner;
  /** One line for the journal. */
  readonly log: (line: string) => void;
  /** Ends the daemon. */
  readonly signal: AbortSignal;
}
