import type { Look } from './health-check.ts';
import type { TrialContext } from './pass-trial.ts';

/** A commit that is for a while left to whoever activated the release: it may see what the node itself cannot. */
export interface HeldCommit {
  /** Milliseconds; 0 for not at all. */
  readonly forMs: number;
  /** False once it was committed. */
  readonly isHeld: () => Promise<boolean>;
  /** Told when that begins. */
  readonly onHeld: () => void;
}

/**
 * Waits until a healthy release was committed by somebody else, or nobody came in time: a cluster that is away costs no node
 * its release. @returns false where it is not healthy any more
 */
export async function holdCommit(
  look: Look,
  context: Pick<TrialContext, 'held' | 'hold' | 'limits' | 'log' | 'onRound' | 'time'>,
): Promise<boolean> {
  const { held, limits, log, onRound, time } = context;
  if (held.forMs === 0) return true;
  const until = time.now() + held.forMs;
  // The verdict is there: the deadline for it would restart the machine.
  await context.hold();
  log(`healthy: not committed for ${held.forMs / 1000} s, unless who activated it does`);
  held.onHeld();
  while (time.now() < until && (await held.isHeld())) {
    await time.wait(limits.intervalMs);
    const failing = (await look()).filter(({ isGood, isRequired }) => !isGood && isRequired);
    if (failing.length === 0) continue;
    onRound(failing);
    return false;
  }
  return true;
}
