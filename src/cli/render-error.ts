import { hasMoreToSay, KubeosError } from '../errors.ts';
import { knownError } from './known-error.ts';
import { plainLines } from './rollout/plain-text.ts';

/**
 * An error as text: what failed, then the next thing to do; a node or a server may have said both, and steers no
 * terminal. A stack only for a bug of ours, never for a user's mistake.
 */
export function renderError(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${renderError(error.suppressed)}\nThen cleaning up failed too:\n${renderError(error.error)}`;
  }
  const known = knownError(error);
  if (known instanceof KubeosError) {
    const hint = known.hint === undefined ? '' : `\n→ ${known.hint}`;
    return plainLines(`kubeos: ${known.message}${hint}`);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `kubeos: this is a bug in kubeos; please report it with the lines below\n${stack}`;
}

/** Where the page of its code says more: how to read it, as a last line. */
export function whereMoreIs(error: unknown): string {
  const known = knownError(error);
  if (!(known instanceof KubeosError) || !hasMoreToSay(known.code)) return '';
  return `\n  more: kubeos explain ${known.code}`;
}
