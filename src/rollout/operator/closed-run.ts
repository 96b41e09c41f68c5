import type { OsInstance } from '../api/os-instance.ts';
import { staysLeft, type Close } from '../plan/close-step.ts';
import type { FleetNode } from '../plan/fleet.ts';
import { attemptsOf } from '../plan/late-drain.ts';

interface Closing {
  readonly instance: OsInstance | null;
  readonly fleetNode: FleetNode;
  readonly nowMs: number;
}

type Outcome = NonNullable<OsInstance['spec']['outcome']>;

/** What is kept of a run that is over, for the rollout that it belongs to. */
export function outcomeOf(
  { outcome: kind, message }: Close,
  { instance, fleetNode, nowMs }: Closing,
): Outcome {
  const attempts =
    kind === 'postponed' ? attemptsOf(fleetNode) : (fleetNode.outcome?.attempts ?? 0);
  const at = new Date(nowMs).toISOString();
  const left = staysLeft(fleetNode, kind) ? { quarantined: true } : {};
  return { kind, message, attempts, at, ...ended(instance), ...left };
}

function ended(before: OsInstance | null): Pick<Outcome, 'run' | 'digest' | 'from'> {
  const { run = null, outcome = null } = before?.spec ?? {};
  if (run === null) return { run: 'upgrade', digest: '', from: null };
  const { kind, target, from } = run;
  // A way back is told of the release that it leads away from.
  if (kind === 'rollback') return { run: kind, digest: outcome?.digest ?? '', from: target };
  return { run: kind, digest: target.digest, from };
}
