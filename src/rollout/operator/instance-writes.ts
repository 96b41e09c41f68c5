import { isDeepStrictEqual } from 'node:util';
import type { AppliedObject } from '../../kube/apply-object.ts';
import type { Configurations } from '../api/configurations.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { OsObject } from '../api/os-object.ts';
import { API_VERSION, INSTANCES_NAMESPACE } from '../api/resource-paths.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import { toldRules } from '../drain/told-rules.ts';
import { withoutNulls, type Fields } from './without-nulls.ts';

/** One object that is applied; several of a step in this order, of which each may be the last before the operator ends. */
export interface Write {
  readonly to: 'node' | 'instance';
  readonly object: AppliedObject;
  /** Takes fields from whoever has them. */
  readonly isForced?: boolean;
}

export interface KnownNode {
  readonly node: NodeObject;
  readonly instance: OsInstance | null;
}

/** KubeOS's label of an OSInstance. */
const OF_NODE = 'upgrade.openeuler.org/osinstance-node';

/** Over what was observed, and nothing newer. */
export function instance({ node, instance: before }: KnownNode, spec: Fields): Write {
  const { name } = node.metadata;
  const resourceVersion = before?.metadata.resourceVersion ?? '';
  return {
    to: 'instance',
    object: {
      ...{ apiVersion: API_VERSION, kind: 'OSInstance' },
      metadata: {
        ...{ name, namespace: INSTANCES_NAMESPACE },
        ...(resourceVersion !== '' && { resourceVersion }),
        labels: { [OF_NODE]: name },
      },
      spec: withoutNulls(spec),
    },
  };
}

const AT_REST: OsInstance['spec'] = {
  ...{ nodestatus: 'idle', namespacedname: null, run: null, outcome: null },
};

export const specBefore = ({ instance: before }: Pick<KnownNode, 'instance'>): OsInstance['spec'] =>
  before?.spec ?? AT_REST;

/** The OS object says otherwise now; null where it does not. */
export function rulesWrite({ node, instance: before }: KnownNode, rules: DrainRules): Write | null {
  const { run, ...spec } = specBefore({ instance: before });
  const told = toldRules(rules);
  if (run?.drain === undefined || isDeepStrictEqual(run.drain.rules, told)) return null;
  const drain = { ...run.drain, rules: told };
  return instance({ node, instance: before }, { ...spec, run: { ...run, drain } });
}

/** A node at rest is told its settings, or given back when it has them. */
export function settingsWrite(
  { node, instance: before }: KnownNode,
  { name, namespace }: Pick<OsObject['metadata'], 'name' | 'namespace'>,
  settings: Configurations | null,
): Write {
  const { uid } = node.metadata;
  const told = { nodestatus: 'config', namespacedname: { name, namespace }, sysconfigs: settings };
  const change = settings === null ? { nodestatus: 'idle', namespacedname: null } : told;
  return instance({ node, instance: before }, { ...before?.spec, nodeUid: uid, ...change });
}

/** Of a node that is idle and new to us; its proxy writes the status of it. */
export const firstInstance = (node: NodeObject): Write =>
  instance({ node, instance: null }, { nodestatus: 'idle', nodeUid: node.metadata.uid });
