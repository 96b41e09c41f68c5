import { KubeosError } from '../errors.ts';

/** An error as text: what failed, then the next thing to do. A stack only for a bug of ours, never for a user's mistake. */
export function renderError(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${renderError(error.suppressed)}\nThen cleaning up failed too:\n${renderError(error.error)}`;
  }
  if (error instanceof KubeosError) {
    const hint = error.hint === undefined ? '' : `\n→ ${error.hint}`;
    return `kubeos: ${error.message}${hint}`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `kubeos: this is a bug in kubeos; please report it with the lines below\n${stack}`;
}

/** The failure that came first: what cleaning up met later does not hide it. */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}
