import type { Look } from './health-check.ts';
import type { TrialContext } from './pass-trial.ts';

/** A commit that is for a while left to whoever activated the release: it may see what the node itself cannot. */
export interface HeldCommit {
  /** Milliseconds; 0 for not at all. */
  readonly forMs: number;
  /** False once it was committed. */
  readonly isHeld: () => Promise<boolean>;
  /** Somebody has asked for the other slot meanwhile: a commit would take that back, unasked. */
  readonly isLeft: () => Promise<boolean>;
  /** Told when that begins. */
  readonly onHeld: () => void;
}

/**
 * Waits until a healthy release was committed by somebody else, or nobody came in time: a cluster that is away costs no node
 * its release. And while the other slot is to boot next, which somebody has asked for. @returns false where it is not healthy any more
 */
export async function holdCommit(
  look: Look,
  context: Pick<TrialContext, 'held' | 'hold' | 'limits' | 'log' | 'onRound' | 'time'>,
): Promise<boolean> {
  const { held, limits, log, onRound, time } = context;
  const until = time.now() + held.forMs;
  const isHeld = async (): Promise<boolean> =>
    (await held.isHeld()) && (time.now() < until || (await held.isLeft()));
  if (!(await isHeld())) return true;
  // The verdict is there: the deadline for it would restart the machine.
  await context.hold();
  log(`healthy: not committed for ${held.forMs / 1000} s, unless who activated it does`);
  held.onHeld();
  while (await isHeld()) {
    await time.wait(limits.intervalMs);
    const failing = (await look()).filter(({ isGood, isRequired }) => !isGood && isRequired);
    if (failing.length === 0) continue;
    onRound(failing);
    return false;
  }
  return true;
}
