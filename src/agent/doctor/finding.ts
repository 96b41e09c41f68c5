import { KubeosError } from '../../errors.ts';

/** One thing that was looked at on a node. */
export interface Finding {
  readonly subject: string;
  readonly found: string;
  /** `bad` keeps the node from an upgrade or from coming back from one; `note` is worth knowing. */
  readonly state: 'good' | 'bad' | 'note';
  /** The next thing to do; null where nothing is to be done. */
  readonly remedy: string | null;
}

export const good = (subject: string, found: string): Finding => ({
  ...{ subject, found, state: 'good', remedy: null },
});

export const bad = (subject: string, found: string, remedy: string): Finding => ({
  ...{ subject, found, state: 'bad', remedy },
});

export const note = (subject: string, found: string, remedy: string | null = null): Finding => ({
  ...{ subject, found, state: 'note', remedy },
});

/** What an examination that failed found; what the error says to do is said before all. */
export function failed(subject: string, error: unknown, remedy: string): Finding {
  const found = error instanceof Error ? error.message : 'cannot be looked at';
  return bad(subject, found, error instanceof KubeosError ? (error.hint ?? remedy) : remedy);
}
