import type { InstallOptions } from './install-options.ts';
import { GROUP, labelsOf, OPERATOR, OPERATOR_NAMESPACE, type Manifest } from './manifest.ts';
import { INSTANCES_NAMESPACE } from '../api/resource-paths.ts';
import { podTemplate } from './pod-template.ts';
import { account, clusterRole, EVICTIONS, role, VOLUMES, type Rule } from './rights.ts';

/** What the operator does in a cluster, verb by verb. No secrets, no configuration, no `nodes/proxy`. */
const clusterRules = ({ drainBy }: InstallOptions): readonly Rule[] => [
  { apiGroups: [GROUP], resources: ['os'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [GROUP], resources: ['os/status'], verbs: ['patch'] },
  // Marks, cordon and uncordon.
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'patch'] },
  // Pods of nodes that proxies drain, too: what was Ready there is to be so again.
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', ...deleting(drainBy)] },
  ...(drainBy === 'operator' ? [EVICTIONS] : []),
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch'] },
  ...(drainBy === 'operator' ? [VOLUMES] : []),
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

/** To delete pods past their budgets is what drain.policy force asks for. */
const deleting = (drainBy: InstallOptions['drainBy']): readonly string[] =>
  drainBy === 'operator' ? ['delete'] : [];

const INSTANCE_RULES: readonly Rule[] = [
  {
    ...{ apiGroups: [GROUP], resources: ['osinstances'] },
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
];

/** No verb but these can be bound to a name; so the lease is there before the operator is. */
const LEASE_RULES: readonly Rule[] = [
  {
    ...{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [OPERATOR] },
    verbs: ['get', 'update'],
  },
];

const THIS = { name: OPERATOR, namespace: OPERATOR_NAMESPACE, labels: labelsOf(OPERATOR) };

/** Account, rights and lease of the operator. */
export function operatorRights(options: InstallOptions): readonly Manifest[] {
  const subject = { name: OPERATOR, namespace: OPERATOR_NAMESPACE };
  return [
    account(subject),
    ...clusterRole(subject, clusterRules(options)),
    ...role(subject, INSTANCES_NAMESPACE, INSTANCE_RULES),
    ...role(subject, OPERATOR_NAMESPACE, LEASE_RULES),
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: THIS, spec: {} },
  ];
}

/** The operator itself; with more than one, they are kept from being evicted together. */
export function operatorWorkload(options: InstallOptions): readonly Manifest[] {
  const { replicas } = options;
  const selector = { matchLabels: labelsOf(OPERATOR) };
  const budget: Manifest = {
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: THIS },
    spec: { maxUnavailable: 1, selector },
  };
  const deployment: Manifest = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: THIS },
    spec: { replicas, selector, template: template(options) },
  };
  return [...(replicas > 1 ? [budget] : []), deployment];
}

/**
 * 5,000 nodes are 12 MB of live objects, and the lists that they come in are hundreds: left to itself, Node keeps all of it
 * for later, and takes 280 MB. What it may keep is far below the limit, and an idle collector costs nothing
 * (docs/benchmarks-operator.md).
 */
export const OPERATOR_ENVIRONMENT = {
  NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=96',
} as const;

function template({ image, operatorNodes, drainBy }: InstallOptions): object {
  const args = ['operator', ...(drainBy === 'proxy' ? ['--drain-by', 'proxy'] : [])];
  return podTemplate({
    ...{ name: OPERATOR, image, args },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    environment: OPERATOR_ENVIRONMENT,
    placement: {
      priorityClassName: 'system-cluster-critical',
      affinity: { ...(operatorNodes === 'control-plane' && ON_CONTROL_PLANE), ...APART },
      tolerations: [{ key: CONTROL_PLANE, operator: 'Exists' }],
    },
  });
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

const ON_CONTROL_PLANE = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: CONTROL_PLANE, operator: 'Exists' }] }],
    },
  },
};

const APART = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: labelsOf(OPERATOR) },
        },
      },
    ],
  },
};
