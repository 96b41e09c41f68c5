import { labelsOf, type Manifest } from './manifest.ts';

/** rbac/v1 PolicyRule. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export const EVICTIONS: Rule = {
  ...{ apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
};

/** Which of the volumes of a node belong to pods that stay there. */
export const VOLUMES: Rule = {
  ...{ apiGroups: [''], resources: ['persistentvolumeclaims', 'persistentvolumes'] },
  verbs: ['get'],
};

export interface Account {
  readonly name: string;
  readonly namespace: string;
}

const RBAC = 'rbac.authorization.k8s.io';

export const userNameOf = ({ name, namespace }: Account): string =>
  `system:serviceaccount:${namespace}:${name}`;

/** Its pods mount a token that lasts an hour instead of the one that would be given to them. */
export function account({ name, namespace }: Account): Manifest {
  return {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
    metadata: { name, namespace, labels: labelsOf(name) },
    automountServiceAccountToken: false,
  };
}

/** In the whole cluster. */
export function clusterRole(subject: Account, rules: readonly Rule[]): readonly Manifest[] {
  const metadata = { name: subject.name, labels: labelsOf(subject.name) };
  return bound({ kind: 'ClusterRole', metadata, subject, rules });
}

/** In one namespace, which need not be the account's own. */
export function role(
  subject: Account,
  namespace: string,
  rules: readonly Rule[],
): readonly Manifest[] {
  const metadata = { name: subject.name, namespace, labels: labelsOf(subject.name) };
  return bound({ kind: 'Role', metadata, subject, rules });
}

interface Bound {
  readonly kind: 'Role' | 'ClusterRole';
  readonly metadata: Manifest['metadata'];
  readonly subject: Account;
  readonly rules: readonly Rule[];
}

function bound({ kind, metadata, subject, rules }: Bound): readonly Manifest[] {
  const apiVersion = `${RBAC}/v1`;
  return [
    { apiVersion, kind, metadata, rules },
    {
      ...{ apiVersion, kind: `${kind}Binding`, metadata },
      roleRef: { apiGroup: RBAC, kind, name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: subject.name, namespace: subject.namespace }],
    },
  ];
}
