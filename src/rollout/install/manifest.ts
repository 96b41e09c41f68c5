import type { AppliedObject } from '../../kube/apply-object.ts';

export type Manifest = AppliedObject;

/** Where the operator runs; enforces the strictest of Pod Security's levels. */
export const OPERATOR_NAMESPACE = 'kubeos-system';
/** Apart from it, since the proxy mounts a folder of its host, which that level forbids. */
export const PROXY_NAMESPACE = 'kubeos-proxy';
export const OPERATOR = 'kubeos-operator';
export const PROXY = 'kubeos-proxy';
export const GROUP = 'upgrade.openeuler.org';

/** By which `uninstall` and people find what was installed. */
export const PART_OF = { 'app.kubernetes.io/part-of': 'kubeos' } as const;

export const labelsOf = (name: string): Readonly<Record<string, string>> => ({
  ...PART_OF,
  'app.kubernetes.io/name': name,
});
