import { atLeast, atMost } from '../plan/amount.ts';
import type { RolloutState } from '../plan/summarise.ts';
import type { NodeSettings, ObservedSettings } from './observe-settings.ts';

/** Nodes that are told now: no more at once than may be away, and none after more have failed than may. */
export function nodesToTell(observed: ObservedSettings): readonly NodeSettings[] {
  const { policy, nodes } = observed;
  if (heldBy(observed) !== null) return [];
  if (inState(nodes, 'failed').length > atLeast(policy.failureBudget, nodes.length)) return [];
  const living = nodes.filter(({ state }) => state !== 'dead');
  const most = policy.isSerial ? 1 : atMost(policy.maxUnavailable, living.length);
  const free = most - inState(nodes, 'given', 'down').length;
  return inState(nodes, 'pending').slice(0, Math.max(0, free));
}

/** Those that have them are given back. */
export const nodesToSettle = ({ nodes }: ObservedSettings): readonly NodeSettings[] =>
  inState(nodes, 'current').filter(({ instance }) => instance?.spec.nodestatus === 'config');

const inState = (
  nodes: readonly NodeSettings[],
  ...states: readonly NodeSettings['state'][]
): readonly NodeSettings[] => nodes.filter(({ state }) => states.includes(state));

type Hold = Pick<RolloutState, 'kind' | 'message'>;

/** Settings restart services, so they come when nodes may be taken away. */
function heldBy({ paused, opening }: ObservedSettings): Hold | null {
  if (paused !== null) return { kind: 'paused', message: `paused by ${paused.by}` };
  if (opening.isOpen) return null;
  const { opensMs } = opening;
  const message =
    opensMs === null ? 'no window opens any more' : `opens ${new Date(opensMs).toISOString()}`;
  return { kind: 'outside-window', message };
}

export function settingsState(observed: ObservedSettings): RolloutState {
  const { nodes, settings } = observed;
  const version = `sysconfigs ${settings.version ?? ''}`;
  const current = inState(nodes, 'current').length;
  const dead = inState(nodes, 'dead').length;
  const rest = { reason: null, unreachable: dead };
  if (current + dead === nodes.length) {
    return { ...rest, kind: 'complete', message: `${current} nodes have ${version}` };
  }
  const given = inState(nodes, 'given');
  const failed = inState(nodes, 'failed');
  if (failed.length > 0 && given.length === 0) {
    const message = `did not take ${version}: ${listed(failed)}`;
    return { ...rest, kind: 'failed', reason: 'NodesFailed', message };
  }
  const hold = heldBy(observed);
  if (hold !== null && given.length === 0) return { ...rest, ...hold };
  const away = inState(nodes, 'down', 'dead', 'silent');
  const waitsFor = away.length === 0 ? '' : `; waits for ${listed(away)}`;
  const message = `${current} of ${nodes.length} nodes have ${version}${waitsFor}`;
  const isMoving = given.length > 0 || inState(nodes, 'pending').length > 0;
  return { ...rest, kind: isMoving ? 'upgrading' : 'waiting', message };
}

const listed = (nodes: readonly NodeSettings[]): string =>
  nodes.map(({ node, message }) => `${node.metadata.name} (${message})`).join(', ');
