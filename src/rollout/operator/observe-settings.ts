import type { Configurations } from '../api/configurations.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { OsObject } from '../api/os-object.ts';
import type { AskedRollout } from '../api/rollout-policy.ts';
import type { NodeObject } from '../api/node-object.ts';
import { atLeast, atMost } from '../plan/amount.ts';
import type { RolloutState } from '../plan/summarise.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * Where a node is with settings that an OS object asks for (`opstype: config`).
 *
 * - `current`: has them, as its proxy says
 * - `given`: is told to set them
 * - `failed`: they were refused, or their effect was not what it should be; all is as before there
 * - `pending`: is to be told; `busy`: is being upgraded, and told after that
 */
export interface NodeSettings {
  readonly node: NodeObject;
  readonly instance: OsInstance | null;
  readonly state: 'current' | 'given' | 'failed' | 'pending' | 'busy';
  readonly message: string;
}

/** An OS object that asks for settings. */
export interface ObservedSettings {
  readonly os: OsObject;
  readonly asked: AskedRollout;
  readonly settings: Configurations;
  readonly nodes: readonly NodeSettings[];
}

export function observeSettings(
  view: ClusterView,
  { os, asked }: Pick<ObservedSettings, 'os' | 'asked'>,
  { settings, nodes }: { readonly settings: Configurations; readonly nodes: readonly NodeObject[] },
): ObservedSettings {
  const read = (node: NodeObject): NodeSettings => {
    const instance = view.instances.get(node.metadata.name) ?? null;
    return { node, instance, ...stateOf(instance, settings) };
  };
  return { os, asked, settings, nodes: nodes.map(read) };
}

type Found = Pick<NodeSettings, 'state' | 'message'>;

/** KubeOS's rule: the version says whether it is another one. */
function stateOf(instance: OsInstance | null, { version }: Configurations): Found {
  if (instance?.status.sysconfigs?.version === version) return { state: 'current', message: '' };
  if (instance?.spec.sysconfigs?.version === version) return givenTo(instance);
  const isBusy = instance !== null && instance.spec.run !== null;
  return { state: isBusy ? 'busy' : 'pending', message: '' };
}

function givenTo(instance: OsInstance | null): Found {
  const configured = instance?.status.conditions.find(({ type }) => type === 'Configured');
  const isRefused = configured?.status === 'False' && configured.reason !== 'Pending';
  return isRefused
    ? { state: 'failed', message: `${configured.reason}: ${configured.message}` }
    : { state: 'given', message: '' };
}

/** Nodes that are told now: no more at once than may be away, and none after more have failed than may. */
export function nodesToTell({ asked, nodes }: ObservedSettings): readonly NodeSettings[] {
  const { spec } = asked;
  const { failureBudget, maxUnavailable = { count: spec.maxunavailable } } = spec.strategy;
  if (spec.paused || failedIn(nodes).length > atLeast(failureBudget, nodes.length)) return [];
  const most = spec.executionmode === 'serial' ? 1 : atMost(maxUnavailable, nodes.length);
  const free = most - nodes.filter(({ state }) => state === 'given').length;
  return nodes.filter(({ state }) => state === 'pending').slice(0, Math.max(0, free));
}

/** Those that have them are given back. */
export const nodesToSettle = ({ nodes }: ObservedSettings): readonly NodeSettings[] =>
  nodes.filter(
    ({ state, instance }) => state === 'current' && instance?.spec.nodestatus === 'config',
  );

const failedIn = (nodes: readonly NodeSettings[]): readonly NodeSettings[] =>
  nodes.filter(({ state }) => state === 'failed');

export function settingsState({ nodes, settings }: ObservedSettings): RolloutState {
  const version = `sysconfigs ${settings.version ?? ''}`;
  const current = nodes.filter(({ state }) => state === 'current').length;
  const failed = failedIn(nodes);
  const rest = { reason: null, unreachable: 0 };
  if (current === nodes.length) {
    return { ...rest, kind: 'complete', message: `${current} nodes have ${version}` };
  }
  if (failed.length > 0 && nodes.every(({ state }) => state !== 'given')) {
    const names = failed.map(({ node, message }) => `${node.metadata.name} (${message})`);
    const message = `did not take ${version}: ${names.join(', ')}`;
    return { ...rest, kind: 'failed', reason: 'NodesFailed', message };
  }
  return {
    ...rest,
    kind: 'upgrading',
    message: `${current} of ${nodes.length} nodes have ${version}`,
  };
}
