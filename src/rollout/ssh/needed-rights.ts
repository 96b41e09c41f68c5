import type { Right } from '../client/assert-rights.ts';
import { GROUP, PROXY_NAMESPACE } from '../install/manifest.ts';
import { INSTANCES_NAMESPACE } from '../api/resource-paths.ts';

/** Of whoever does the proxies' part, beside what everybody needs who starts a rollout. */
export const NEEDED_RIGHTS: readonly Right[] = [
  ...['list', 'watch'].flatMap((verb) => [
    { verb, group: '', resource: 'nodes' },
    { verb, group: GROUP, resource: 'osinstances', namespace: INSTANCES_NAMESPACE },
    { verb, group: '', resource: 'pods', namespace: PROXY_NAMESPACE },
  ]),
  {
    ...{ verb: 'patch', group: GROUP, resource: 'osinstances', subresource: 'status' },
    namespace: INSTANCES_NAMESPACE,
  },
];

export const RIGHTS_HINT = `Role kubeos-ssh of kubeos install in ${INSTANCES_NAMESPACE} and in ${PROXY_NAMESPACE} has them, and ClusterRole kubeos-view`;
