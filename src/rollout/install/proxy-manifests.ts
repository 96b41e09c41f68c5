import type { InstallOptions } from './install-options.ts';
import { GROUP, labelsOf, PROXY, PROXY_NAMESPACE, type Manifest } from './manifest.ts';
import { INSTANCES_NAMESPACE } from '../api/resource-paths.ts';
import { podTemplate } from './pod-template.ts';
import { account, clusterRole, EVICTIONS, role, VOLUMES, type Rule } from './rights.ts';

/** Admission narrows the patch to the node's own (admission-policies.ts); reads cannot be narrowed. */
const RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: ['osinstances'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [GROUP], resources: ['osinstances/status'], verbs: ['patch'] },
];

/** With --drain-by proxy. Admission narrows the patch and the deletion to the own node, and cannot narrow the rest. */
const DRAIN_RULES: readonly Rule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
  EVICTIONS,
  VOLUMES,
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['list', 'watch'] },
];

/** The folder and not the socket: a new start of the agent makes a new socket in it. */
export const SOCKET_FOLDER = '/run/kubeos/proxy';
/** Of the agent's socket for proxies. */
const SOCKET_GROUP = 0;

export function proxyRights({ drainBy }: InstallOptions): readonly Manifest[] {
  const subject = { name: PROXY, namespace: PROXY_NAMESPACE };
  return [
    account(subject),
    ...role(subject, INSTANCES_NAMESPACE, RULES),
    ...(drainBy === 'proxy' ? clusterRole(subject, DRAIN_RULES) : []),
  ];
}

/** One on every node, also on one that is cordoned, tainted or full. */
export function proxyWorkload({ image }: InstallOptions): readonly Manifest[] {
  const mount = { name: 'agent', mountPath: SOCKET_FOLDER };
  const template = podTemplate({
    ...{ name: PROXY, image, args: ['proxy'], supplementalGroups: [SOCKET_GROUP] },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
    volumes: [{ name: 'agent', hostPath: { path: SOCKET_FOLDER, type: 'Directory' } }],
    mounts: [mount],
    placement: {
      priorityClassName: 'system-node-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
    },
  });
  return [
    {
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet' },
      metadata: { name: PROXY, namespace: PROXY_NAMESPACE, labels: labelsOf(PROXY) },
      spec: {
        ...{ selector: { matchLabels: labelsOf(PROXY) }, template },
        updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } },
      },
    },
  ];
}
