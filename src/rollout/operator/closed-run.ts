import type { OsInstance } from '../api/os-instance.ts';
import type { Close } from '../plan/close-step.ts';
import type { FleetNode } from '../plan/fleet.ts';
import { attemptsOf } from '../plan/late-drain.ts';

interface Closing {
  readonly instance: OsInstance | null;
  readonly fleetNode: FleetNode;
  readonly nowMs: number;
}

type Outcome = NonNullable<OsInstance['spec']['outcome']>;

/** What is kept of a run that is over, for the rollout that it belongs to; one that was undone leaves a node as it was left before. */
export function outcomeOf(
  { outcome: kind, message }: Close,
  { instance, fleetNode, nowMs }: Closing,
): Outcome {
  const before = instance?.spec.outcome ?? null;
  if (kind === 'undone' && fleetNode.isQuarantined && before !== null) return before;
  const attempts =
    kind === 'postponed' ? attemptsOf(fleetNode) : (fleetNode.outcome?.attempts ?? 0);
  return { kind, message, attempts, at: new Date(nowMs).toISOString(), ...ended(instance) };
}

function ended(before: OsInstance | null): Pick<Outcome, 'run' | 'digest' | 'from'> {
  const { run = null, outcome = null } = before?.spec ?? {};
  if (run === null) return { run: 'upgrade', digest: '', from: null };
  const { kind, target, from } = run;
  // A way back is told of the release that it leads away from.
  if (kind === 'rollback') return { run: kind, digest: outcome?.digest ?? '', from: target };
  return { run: kind, digest: target.digest, from };
}
