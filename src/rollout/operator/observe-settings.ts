import type { Configurations } from '../api/configurations.ts';
import { readinessOf } from '../api/observe-node.ts';
import { ARGUMENTS_DROPPED, type OsInstance } from '../api/os-instance.ts';
import type { OsObject } from '../api/os-object.ts';
import { policyOf, type AskedRollout } from '../api/rollout-policy.ts';
import type { NodeObject } from '../api/node-object.ts';
import { readWishes } from '../api/wishes.ts';
import type { RolloutPolicy, Wishes } from '../plan/fleet.ts';
import { openingAt, type Opening } from '../plan/schedule.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * Where a node is with settings that an OS object asks for (`opstype: config`).
 *
 * - `current`: has them, as its proxy says
 * - `given`: is told to set them
 * - `failed`: they were refused, or their effect was not what it should be; all is as before there
 * - `pending`: is to be told; `busy`: is being upgraded, and told after that
 * - `down`: is not Ready; `dead`: for so long that nobody waits for it; `silent`: no proxy has said what runs on it
 */
export interface NodeSettings {
  readonly node: NodeObject;
  readonly instance: OsInstance | null;
  readonly state: 'current' | 'given' | 'failed' | 'pending' | 'busy' | 'down' | 'dead' | 'silent';
  readonly message: string;
}

/** An OS object that asks for settings. */
export interface ObservedSettings {
  readonly os: OsObject;
  readonly settings: Configurations;
  readonly policy: RolloutPolicy;
  readonly paused: Wishes['paused'];
  readonly opening: Opening;
  readonly nodes: readonly NodeSettings[];
}

interface Asked {
  readonly os: OsObject;
  readonly asked: AskedRollout;
  readonly settings: Configurations;
  readonly nodes: readonly NodeObject[];
  readonly nowMs: number;
}

export function observeSettings(view: ClusterView, given: Asked): ObservedSettings {
  const { os, asked, settings, nowMs } = given;
  const policy = policyOf(asked, { target: NO_RELEASE, kubelet: null });
  const isPausedInSpec = asked.spec.paused;
  const { wishes } = readWishes(os.metadata.annotations, { digest: '', isPausedInSpec });
  const { deadMs } = policy.limits;
  const nodes = given.nodes.map((node): NodeSettings => {
    const instance = view.instances.get(node.metadata.name) ?? null;
    return { node, instance, ...stateOf({ node, instance, settings, deadMs, nowMs }) };
  });
  const opening = openingAt(policy.schedule, nowMs);
  return { os, settings, policy, paused: wishes.paused, opening, nodes };
}

const NO_RELEASE = { version: '', digest: '' };

type Found = Pick<NodeSettings, 'state' | 'message'>;

interface Seen {
  readonly node: NodeObject;
  readonly instance: OsInstance | null;
  readonly settings: Configurations;
  readonly deadMs: number;
  readonly nowMs: number;
}

/** KubeOS's rule: the version says whether it is another one. */
function stateOf(seen: Seen): Found {
  const { instance, settings } = seen;
  if (instance === null) return awayOf(seen) ?? found('pending');
  const has = ({ sysconfigs }: { readonly sysconfigs?: Configurations | undefined }): boolean =>
    sysconfigs?.version === settings.version;
  if (has(instance.status)) return givenUpBy(instance) ?? found('current');
  if (has(instance.spec)) return refusedBy(instance) ?? awayOf(seen) ?? found('given');
  return awayOf(seen) ?? found(instance.spec.run === null ? 'pending' : 'busy');
}

const found = (state: Found['state'], message = ''): Found => ({ state, message });

const configuredOf = ({ status }: OsInstance) =>
  status.conditions.find(({ type }) => type === 'Configured');

/** They were applied; kernel arguments among them are tried at the next boot, and may be given up then. */
function givenUpBy(instance: OsInstance): Found | null {
  const configured = configuredOf(instance);
  if (configured?.reason !== ARGUMENTS_DROPPED) return null;
  return found('failed', `${configured.reason}: ${configured.message}`);
}

/** What was said of settings before these says nothing of these. */
function refusedBy(instance: OsInstance): Found | null {
  const configured = configuredOf(instance);
  if (configured?.status !== 'False' || BEFORE_THESE.has(configured.reason)) return null;
  if (instance.status.observedGeneration < instance.metadata.generation) return null;
  return found('failed', `${configured.reason}: ${configured.message}`);
}

const BEFORE_THESE: ReadonlySet<string> = new Set(['Pending', ARGUMENTS_DROPPED]);

/** Nobody would hear it there, or nobody answer. */
function awayOf({ node, instance, deadMs, nowMs }: Seen): Found | null {
  const { isReady, readySinceMs } = readinessOf(node);
  if (!isReady) {
    const isDead = nowMs - readySinceMs > deadMs;
    const since = new Date(readySinceMs).toISOString();
    return found(isDead ? 'dead' : 'down', `the node is not Ready since ${since}`);
  }
  const isHeard = (instance?.status.booted ?? null) !== null;
  return isHeard ? null : found('silent', 'no proxy has said what runs on it');
}
