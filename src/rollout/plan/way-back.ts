import type { Fleet, HaltReason, TargetRelease } from './fleet.ts';
import { GIVEN_UP, TRY_AGAIN } from './stage.ts';
import type { StagedNode } from './staged-fleet.ts';

/** The release did nothing wrong on these nodes: for these nothing goes back that nobody has asked for. */
const NO_FAILURE: ReadonlySet<HaltReason> = new Set([
  'ReleaseHalted',
  'ReleaseFailedBefore',
  'KubeletSkew',
  'AbortedByUser',
]);

/** Whether what was upgraded goes back now that the rollout is halted. */
export const goesBack = (
  { policy, wishes }: Pick<Fleet, 'policy' | 'wishes'>,
  reason: HaltReason,
): boolean => wishes.rollback || (policy.onFailure === 'rollback' && !NO_FAILURE.has(reason));

/**
 * By this rollout, and not back yet: also where its way back had to be put off, and where it runs the release and was given up.
 * One whose way back failed is not sent there again by itself.
 */
export function isUpgraded({ stage, outcome }: StagedNode): boolean {
  if (stage !== 'current' || outcome === null) return false;
  return TRY_AGAIN.has(outcome.kind) || (GIVEN_UP.has(outcome.kind) && outcome.run === 'upgrade');
}

type WayBack =
  | { readonly target: TargetRelease; readonly because?: never }
  | { readonly because: string; readonly target?: never };

/** Where a node goes back to, or why it cannot. */
export function wayBackOf(
  { outcome }: Pick<StagedNode, 'outcome'>,
  { halted }: Pick<Fleet, 'halted'>,
): WayBack {
  const target = outcome?.from ?? null;
  if (target === null) return { because: 'nobody knows what it ran before' };
  if (!halted.has(target.digest)) return { target };
  return { because: `${target.version} (${target.digest}), which it ran before, is halted` };
}
