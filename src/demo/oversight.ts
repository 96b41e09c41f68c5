import type { KubeosError } from '../errors.ts';

/** What whoever starts servers and machines wants of them. */
export interface Oversight {
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Folder for what they say; where none is named, each server's is in its own, which goes with it. */
  readonly logs?: string;
  /** Told of each that ends by itself. */
  readonly onDeath: (death: KubeosError) => void;
}

export interface Overseen extends Oversight {
  readonly logs: string;
  /** Of a failure: the stop or the death that led to it, where one did. */
  readonly causeOf: (failure: unknown) => unknown;
}

/** Nobody looks after them: who asks something of them notices. */
export const NO_OVERSIGHT: Oversight = {
  signal: new AbortController().signal,
  onDeath: () => undefined,
};

/**
 * What was started and ends by itself would be waited for in vain: its death ends all waits, as being stopped does. What
 * the first of these was is told, and not what others made of it.
 */
export function oversee(stop: AbortSignal, logs: string): Overseen {
  const over = new AbortController();
  let first: KubeosError | undefined;
  return {
    ...{ signal: AbortSignal.any([stop, over.signal]), logs },
    onDeath: (death) => {
      first ??= death;
      over.abort(first);
    },
    causeOf: (failure) => {
      // What failed while the rest was undone is told as well.
      if (failure instanceof SuppressedError) return failure;
      const stopped: unknown = stop.reason;
      return stop.aborted ? stopped : (first ?? failure);
    },
  };
}

/** Where there is more than a message has. */
export const whereLogsAre = ({ logs }: Pick<Oversight, 'logs'>): string | undefined =>
  logs === undefined ? undefined : `what servers and machines said is in ${logs}`;
