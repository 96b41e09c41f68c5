import type { RolloutState } from '../plan/summarise.ts';
import { MAX_MESSAGE, shorten } from './shorten.ts';

/** meta/v1 Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; changes with `status` only. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** An object that cannot be acted upon. */
export interface InvalidState {
  readonly kind: 'invalid';
  readonly reason: 'InvalidSpec' | 'OverlappingSelectors';
  readonly message: string;
}

/**
 * What kstatus (Flux, Helm), Argo CD and `kubectl wait` read: `Ready` is True only where every node that can be reached
 * runs the release; of `Reconciling`, `Stalled` and `Paused` one is there in every other state, and never two.
 */
export function conditionsOf(told: RolloutState | InvalidState): readonly Said[] {
  // A thousand nodes that failed are a longer list than an object may say.
  const message = shorten(told.message, MAX_MESSAGE);
  const state = { ...told, message };
  const [reason, beside] = READS[state.kind](state);
  const isReady = state.kind === 'complete';
  const away = 'unreachable' in state ? state.unreachable : 0;
  return [
    { type: 'Ready', status: isReady ? 'True' : 'False', reason, message },
    ...(beside === null ? [] : [{ type: beside, status: 'True' as const, reason, message }]),
    { type: 'Available', status: isReady ? 'True' : 'False', reason, message },
    ...(HALTED.has(state.kind)
      ? [{ type: 'Halted', status: 'True' as const, reason, message }]
      : []),
    degraded(state, { away, reason }),
  ];
}

type Read = readonly [reason: string, beside: 'Reconciling' | 'Stalled' | 'Paused' | null];
type State = RolloutState | InvalidState;

const READS: Readonly<Record<State['kind'], (state: State) => Read>> = {
  complete: () => ['AllNodesOnRelease', null],
  upgrading: () => ['RolloutInProgress', 'Reconciling'],
  waiting: () => ['NodesWaiting', 'Reconciling'],
  soaking: () => ['Soaking', 'Reconciling'],
  'outside-window': () => ['OutsideWindow', 'Reconciling'],
  'rolling-back': () => ['RollingBack', 'Reconciling'],
  'awaiting-approval': () => ['AwaitingApproval', 'Paused'],
  paused: () => ['PausedByUser', 'Paused'],
  halted: ({ reason }) => [reason ?? 'Halted', 'Stalled'],
  failed: ({ reason }) => [reason ?? 'NodesFailed', 'Stalled'],
  'rolled-back': () => ['RolledBack', 'Stalled'],
  invalid: ({ reason }) => [reason ?? 'InvalidSpec', 'Stalled'],
};

const HALTED: ReadonlySet<string> = new Set(['halted', 'rolling-back', 'rolled-back']);

/** Also beside Ready: all that can be reached is done, and something cannot. */
function degraded(
  { kind, message }: State,
  { away, reason }: { readonly away: number; readonly reason: string },
): Said {
  const type = 'Degraded';
  if (kind === 'halted' || kind === 'failed' || kind === 'rolled-back' || kind === 'invalid') {
    return { type, status: 'True', reason, message };
  }
  if (away === 0) return { type, status: 'False', reason: 'AsExpected', message: '' };
  const nodes = `${away} ${away === 1 ? 'node' : 'nodes'} cannot be reached`;
  return { type, status: 'True', reason: 'NodesUnreachable', message: nodes };
}

/** As they are written: what did not change keeps its time, and what is no longer said is gone. */
export function transition(
  before: readonly Condition[],
  said: readonly Said[],
  at: { readonly now: Date; readonly generation: number },
): readonly Condition[] {
  return said.map((condition) => {
    const same = before.find(
      ({ type, status }) => type === condition.type && status === condition.status,
    );
    const lastTransitionTime = same?.lastTransitionTime ?? `${at.now.toISOString().slice(0, 19)}Z`;
    return { ...condition, lastTransitionTime, observedGeneration: at.generation };
  });
}
