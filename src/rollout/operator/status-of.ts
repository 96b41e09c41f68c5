import { conditionsOf, transition, type InvalidState } from '../api/conditions.ts';
import type { OsObject } from '../api/os-object.ts';
import type { Happened, OsStatus, RolloutRecord } from '../api/os-status.ts';
import { shorten } from '../api/shorten.ts';
import type { Plan } from '../plan/step.ts';
import type { RolloutState, Summary } from '../plan/summarise.ts';

/** What is told of a rollout in the status of its object. */
export interface Told {
  readonly summary: Summary;
  readonly plan: Plan;
  readonly record: RolloutRecord;
  readonly failedReleases: OsStatus['failedReleases'];
}

/** The largest clusters have thousands of nodes that wait for the same; an object has a megabyte at most. */
const MAX_WAITING = 20;
const MAX_HISTORY = 50;
/** What others say, such as a webhook that refuses an eviction, may be of any length; conditions say more of it. */
const MAX_BECAUSE = 512;
const MAX_HAPPENED = 1024;

export function statusOf(
  os: OsObject,
  { summary, plan, record, failedReleases }: Told,
  now: Date,
): OsStatus {
  const { version, digest } = record;
  return {
    ...told(os, summary.state, now),
    ...{ target: { version, digest }, nodes: summary.nodes, counts: { ...summary.counts } },
    ...{ rollout: record, failedReleases },
    waiting: plan.waiting.slice(0, MAX_WAITING).map(({ node, gates }) => {
      return {
        node,
        gates: gates.map(({ gate, because }) => ({ gate, because: shorten(because, MAX_BECAUSE) })),
      };
    }),
  };
}

/** Of an object that cannot be acted upon: what was remembered stays. */
export function invalidStatus(os: OsObject, invalid: InvalidState, now: Date): OsStatus {
  return { ...os.status, ...told(os, invalid, now), waiting: [] };
}

/** Of an object that asks for settings: nothing of it is remembered here; each node has its own version. */
export function settingsStatus(
  os: OsObject,
  { state, nodes }: { readonly state: RolloutState; readonly nodes: number },
  now: Date,
): OsStatus {
  return { ...os.status, ...told(os, state, now), nodes, waiting: [] };
}

/** What every state says in the same words. */
function told(
  { status, metadata: { generation } }: OsObject,
  state: RolloutState | InvalidState,
  now: Date,
): Pick<OsStatus, 'observedGeneration' | 'conditions' | 'history'> {
  const said = conditionsOf(state);
  const conditions = transition(status.conditions, said, { now, generation });
  return {
    ...{ observedGeneration: generation, conditions: [...conditions] },
    history: historyAfter(status, said, now),
  };
}

/** Between two nodes a rollout waits for a moment: nobody wants to read that. */
const GOES_ON: ReadonlySet<string> = new Set(['NodesWaiting', 'RolloutInProgress']);

/** Told once for each reason, however its message goes on to change. */
function historyAfter(
  { history }: Pick<OsStatus, 'history'>,
  [ready]: ReturnType<typeof conditionsOf>,
  now: Date,
): Happened[] {
  const before = history.at(-1)?.reason ?? '';
  if (ready === undefined || before === ready.reason) return [...history];
  const { reason } = ready;
  const message = shorten(ready.message, MAX_HAPPENED);
  if (GOES_ON.has(before) && GOES_ON.has(reason)) return [...history];
  return [...history, { time: secondsOf(now), reason, message }].slice(-MAX_HISTORY);
}

/** As Kubernetes writes times. */
const secondsOf = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;
