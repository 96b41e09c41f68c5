import { osName, type OsObject } from '../api/os-object.ts';
import { MAX_FAILED_RELEASES, type OsStatus, type RolloutRecord } from '../api/os-status.ts';
import { shorten } from '../api/shorten.ts';
import type { Fleet, FleetNode } from '../plan/fleet.ts';

/** So many letters of why a release failed; the history of its OS object has it whole. */
export const MAX_FAILURE = 256;

type FailedRelease = OsStatus['failedReleases'][number];

interface AskedAnew {
  readonly digest: string;
  /** When its first node was begun: a rollout that went on already when the release failed elsewhere has a budget of its own. */
  readonly begunAt: string | undefined;
  /** What had failed until then is tried again; null where nobody has said so. */
  readonly retryMs: number | null;
}

/**
 * Why a rollout of this release is not to begin, or null: nodes fell back from it under this OS object or another one, and
 * spent its budget. Each agent refuses what failed on its own node; this keeps it from all the others.
 */
export function failedBefore(
  osObjects: readonly OsObject[],
  { digest, begunAt, retryMs }: AskedAnew,
): string | null {
  const failed = osObjects.flatMap((os) =>
    os.status.failedReleases
      .filter((one) => one.digest === digest)
      .filter(({ at }) => begunAt === undefined || Date.parse(at) < Date.parse(begunAt))
      .filter(({ at }) => retryMs === null || Date.parse(at) >= retryMs)
      .map((one) => `${one.version} failed under ${osName(os)} at ${one.at}: ${one.message}`),
  );
  return failed[0] ?? null;
}

interface Ended {
  readonly fleet: Pick<Fleet, 'nodes'>;
  readonly record: RolloutRecord;
  readonly retryMs: number | null;
  /** Every node that can be reached runs the release. */
  readonly isComplete: boolean;
}

/** With this release, where it has failed; without it, once it was tried again or runs everywhere. */
export function failedReleasesAfter(
  before: OsStatus['failedReleases'],
  { fleet, record, retryMs, isComplete }: Ended,
): FailedRelease[] {
  const { version, digest, halted } = record;
  const isOver = ({ at }: FailedRelease): boolean =>
    isComplete || (retryMs !== null && Date.parse(at) < retryMs);
  const kept = before.filter((one) => one.digest !== digest || !isOver(one));
  const hasFailed =
    halted?.reason === 'FailureBudgetSpent' && fleet.nodes.some((node) => fellBack(node, digest));
  if (!hasFailed || kept.some((one) => one.digest === digest)) return kept;
  const message = shorten(halted.message, MAX_FAILURE);
  return [...kept, { version, digest, at: halted.at, message }].slice(-MAX_FAILED_RELEASES);
}

/** By itself: a node that could not fetch it, or was not drained in time, says nothing of the release. */
function fellBack({ run, outcome }: FleetNode, digest: string): boolean {
  const isFalling = run?.reported.phase === 'fell-back' && run.target.digest === digest;
  return isFalling || (outcome?.kind === 'fell-back' && outcome.run === 'upgrade');
}
