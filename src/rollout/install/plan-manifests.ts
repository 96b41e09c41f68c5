import { admissionPolicies } from './admission-policies.ts';
import type { InstallOptions } from './install-options.ts';
import type { Manifest } from './manifest.ts';
import { monitoring } from './monitoring.ts';
import { namespaces } from './namespaces.ts';
import { operatorRights, operatorWorkload } from './operator-manifests.ts';
import { peopleRoles } from './people-roles.ts';
import { proxyRights, proxyWorkload } from './proxy-manifests.ts';

/** Everything that is installed, in the order in which it is applied: what restricts an account comes before what uses it. */
export function planManifests(
  options: InstallOptions,
  crds: readonly Manifest[],
): readonly Manifest[] {
  return [
    ...crds,
    ...namespaces(),
    ...admissionPolicies(options),
    ...operatorRights(options),
    ...proxyRights(options),
    ...peopleRoles(),
    ...operatorWorkload(options),
    ...proxyWorkload(options),
    ...(options.serviceMonitor ? monitoring() : []),
  ];
}

/** Whatever an install may have applied, however it was asked for: it is known by name, and no name depends on the options. */
export const everyManifest = (crds: readonly Manifest[]): readonly Manifest[] =>
  planManifests(
    { image: 'any', replicas: 2, serviceMonitor: true, operatorNodes: 'any', drainBy: 'proxy' },
    crds,
  );
