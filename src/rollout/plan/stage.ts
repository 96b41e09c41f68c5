import type { Fleet, FleetNode } from './fleet.ts';

/**
 * Where a node is in this rollout, from what was observed alone.
 *
 * - `current`: runs the target, and is at rest
 * - `pending`: is to get it
 * - `preparing`, `prepared`: fetches it, or has it in the standby slot; nothing of it is noticed
 * - `draining`: is cordoned, and its pods are moved
 * - `drained`: may be switched
 * - `switching`: is on its way into the other slot; the only way is forward
 * - `back`: has committed, and is not Ready for long enough yet, or something else that it has to show is missing
 * - `settled`: is to be given back
 * - `failed`: its run has failed, and it is still marked
 * - `out`: has had its try in this rollout, and did not make it
 * - `silent`: no proxy has said what runs on it
 */
export type Stage =
  | 'current'
  | 'pending'
  | 'preparing'
  | 'prepared'
  | 'draining'
  | 'drained'
  | 'switching'
  | 'back'
  | 'settled'
  | 'failed'
  | 'out'
  | 'silent';

export function stageOf(node: FleetNode, fleet: Fleet, nowMs: number): Stage {
  if (node.run !== null) return stageOfRun(node, node.run, { fleet, nowMs });
  if (node.booted === null) return 'silent';
  if (node.booted.digest === fleet.policy.target.digest)
    return mayHaveLeft(node) ? 'out' : 'current';
  return node.outcome === null || TRY_AGAIN.has(node.outcome.kind) ? 'pending' : 'out';
}

/**
 * It was given up, and it is still on trial and may fall back, or was not heard of since: then the target is only what it said
 * last, and may be what it died of.
 */
const mayHaveLeft = ({ outcome, isReady, booted }: FleetNode): boolean =>
  outcome !== null && GIVEN_UP.has(outcome.kind) && (!isReady || booted?.isOnTrial === true);

/** The operator has ended its run before it came to an end of its own. */
export const GIVEN_UP: ReadonlySet<string> = new Set(['failed', 'quarantined']);

/** A node that had the target once, and was made to leave it by hand, is to get it again. */
export const TRY_AGAIN: ReadonlySet<string> = new Set(['done', 'undone', 'postponed']);

function stageOfRun(
  node: FleetNode,
  run: NonNullable<FleetNode['run']>,
  { fleet, nowMs }: { readonly fleet: Fleet; readonly nowMs: number },
): Stage {
  const { phase } = run.reported;
  if (phase === 'failed' || phase === 'fell-back') return 'failed';
  if (run.allowed !== 'activate' && !isAhead(node, run)) {
    if (run.allowed === 'drain') return run.isDrained ? 'drained' : 'draining';
    return phase === 'prepared' ? 'prepared' : 'preparing';
  }
  if (!hasSwitched(node, run)) return 'switching';
  return isWell(node, run, nowMs - fleet.policy.limits.readyMs) ? 'settled' : 'back';
}

/** Somebody has switched it by hand, or restarted it while it was activated: it is where its run leads, and not late with it. */
export const isAhead = (
  { booted }: FleetNode,
  { reported, bootId, target }: NonNullable<FleetNode['run']>,
): boolean =>
  (reported.phase === 'verifying' || reported.phase === 'committed') &&
  booted?.digest === target.digest &&
  booted.bootId !== bootId;

const isWell = (
  node: FleetNode,
  { unhealthy }: NonNullable<FleetNode['run']>,
  longEnoughMs: number,
): boolean => isReadyInThisBoot(node) && node.readySinceMs <= longEnoughMs && unhealthy === null;

/** Ready stays True through a restart: what kubelet said before it says nothing of this boot. */
export const isReadyInThisBoot = ({ isReady, kubeletBootId, booted }: FleetNode): boolean =>
  isReady && kubeletBootId === booted?.bootId;

/** A new boot of the right release, which the agent has committed: a node that was Ready all the time was not restarted. */
function hasSwitched(
  { booted }: FleetNode,
  { reported, bootId, target }: NonNullable<FleetNode['run']>,
): boolean {
  const isNewBoot = booted !== null && booted.bootId !== bootId;
  return reported.phase === 'committed' && isNewBoot && booted.digest === target.digest;
}

const AWAY: ReadonlySet<Stage> = new Set(['draining', 'drained', 'switching', 'back', 'settled']);

/** Whether this rollout keeps the node from its work. */
export const isAway = (stage: Stage): boolean => AWAY.has(stage);

const UNDER_WAY: ReadonlySet<Stage> = new Set([...AWAY, 'preparing', 'prepared', 'failed']);

export const isUnderWay = (stage: Stage): boolean => UNDER_WAY.has(stage);
