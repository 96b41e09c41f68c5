import { GROUP, PART_OF, type Manifest } from './manifest.ts';
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
    ]),
    // What a rollout is told by people is an annotation of its object, and so a patch too.
    clusterRole('kubeos-rollout', [
      { apiGroups: [GROUP], resources: ['os'], verbs: [...READ, 'create', 'patch', 'delete'] },
    ]),
  ];
}

function clusterRole(name: string, rules: readonly Rule[]): Manifest {
  return {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    ...{ metadata: { name, labels: PART_OF }, rules },
  };
}
