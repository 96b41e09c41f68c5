import { KubeosError } from '../../errors.ts';

export interface TimeBudget extends Disposable {
  /** Aborts with the given signal, or when the time is over; its reason is a KubeosError then. */
  readonly signal: AbortSignal;
}

/** A hard limit of time for everything that is given its signal: reason TIMED_OUT, or CANCELLED. */
export function timeBudget(signal: AbortSignal, maxMs?: number): TimeBudget {
  const controller = new AbortController();
  const cancel = (): void => {
    const reason: unknown = signal.reason;
    controller.abort(
      reason instanceof KubeosError
        ? reason
        : new KubeosError('CANCELLED', 'stopped fetching', { cause: reason }),
    );
  };
  const timer =
    maxMs === undefined ? undefined : setTimeout(() => controller.abort(late(maxMs)), maxMs);
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    },
  };
}

function late(maxMs: number): KubeosError {
  return new KubeosError('TIMED_OUT', `not fetched within ${maxMs / 1000} s`, {
    hint: 'run it again: what is already right is kept',
  });
}
