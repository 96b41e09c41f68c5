import { INSTANCES_NAMESPACE } from '../api/resource-paths.ts';
import { GROUP, OPERATOR, PART_OF, PROXY_NAMESPACE, type Manifest } from './manifest.ts';
import type { Rule } from './rights.ts';

const READ = ['get', 'list', 'watch'];

/**
 * For people and pipelines, and bound to nobody: who may decide what nodes run is the cluster's own to say. Not added to
 * Kubernetes' `edit` either, which namespaces are given away with.
 */
export function peopleRoles(): readonly Manifest[] {
  return [
    // Of all namespaces, as `kubeos rollout status` and `why` ask.
    clusterRole('kubeos-view', [
      { apiGroups: [GROUP], resources: ['os', 'osinstances'], verbs: READ },
      { apiGroups: [''], resources: ['nodes'], verbs: READ },
      // Whether an operator works.
      {
        ...{ apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
        ...{ resourceNames: [OPERATOR], verbs: ['get'] },
      },
    ]),
    // What a rollout is told by people is an annotation of its object, and so a patch too.
    clusterRole('kubeos-rollout', [
      { apiGroups: [GROUP], resources: ['os'], verbs: [...READ, 'create', 'patch', 'delete'] },
    ]),
    // What `--via ssh` needs beside both: to say what proxies would say, of any node, and to see where proxies run.
    forSsh(INSTANCES_NAMESPACE, [
      { apiGroups: [GROUP], resources: ['osinstances/status'], verbs: ['patch'] },
    ]),
    forSsh(PROXY_NAMESPACE, [{ apiGroups: [''], resources: ['pods'], verbs: READ }]),
  ];
}

function forSsh(namespace: string, rules: readonly Rule[]): Manifest {
  return {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
    ...{ metadata: { name: 'kubeos-ssh', namespace, labels: PART_OF }, rules },
  };
}

function clusterRole(name: string, rules: readonly Rule[]): Manifest {
  return {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    ...{ metadata: { name, labels: PART_OF }, rules },
  };
}
