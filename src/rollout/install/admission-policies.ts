import type { InstallOptions } from './install-options.ts';
import { GROUP, labelsOf, PROXY, PROXY_NAMESPACE, type Manifest } from './manifest.ts';
import { BY_A_PROXY, NAMES_A_NODE, NODE_CLAIM, WHEREVER } from './by-a-proxy.ts';
import { DRAIN_POLICIES } from './drain-policies.ts';
import { SOCKET_FOLDER } from './proxy-manifests.ts';

/** What RBAC cannot say: whose object it is, and what a pod in the proxies' namespace may be. */
export function admissionPolicies({ image, drainBy }: InstallOptions): readonly Manifest[] {
  return [
    ...policy('kubeos-proxy-own-node', OWN_NODE),
    ...policy('kubeos-proxy-pods', pods(image)),
    ...(drainBy === 'proxy' ? DRAIN_POLICIES.flatMap(([name, spec]) => policy(name, spec)) : []),
  ];
}

function policy(name: string, spec: object): readonly Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: labelsOf(PROXY) };
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata },
      // Where a rule cannot be evaluated, nothing is let through.
      spec: { failurePolicy: 'Fail', ...spec },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** Whatever is bound to this account one day: it writes the status of its own node's OSInstance, and nothing else of ours. */
const OWN_NODE = {
  matchConstraints: {
    ...WHEREVER,
    resourceRules: [
      {
        // Subresources too, which a mere star leaves out.
        ...{ apiGroups: [GROUP], apiVersions: ['*'], resources: ['*/*'] },
        ...{ operations: ['CREATE', 'UPDATE', 'DELETE'], scope: '*' },
      },
    ],
  },
  matchConditions: BY_A_PROXY,
  validations: [
    NAMES_A_NODE,
    {
      expression: `request.userInfo.extra['${NODE_CLAIM}'] == [request.name]`,
      messageExpression: `'a proxy writes about its own node, and not about ' + request.name`,
    },
    {
      expression: `request.resource.resource == 'osinstances' && has(request.subResource) && request.subResource == 'status'`,
      message: 'a proxy writes the status of an OSInstance, and nothing else',
    },
  ],
};

/** A namespace that allows a folder of the host allows every folder: so this names the one, and the image. */
function pods(image: string): object {
  return {
    matchConstraints: {
      ...WHEREVER,
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': PROXY_NAMESPACE } },
      resourceRules: [
        {
          ...{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] },
          ...{ resources: ['pods', 'pods/ephemeralcontainers'], scope: '*' },
        },
      ],
    },
    // What changes its labels or finalizers, as controllers do with pods of the image before, changes nothing of it.
    matchConditions: [
      {
        name: 'makes-or-changes-it',
        expression: 'oldObject == null || object.spec != oldObject.spec',
      },
    ],
    variables: [{ name: 'spec', expression: 'object.spec' }],
    validations: POD_RULES.map(([message, ...parts]) => ({
      expression: parts.join(' && ').replaceAll('IMAGE', image),
      message,
    })),
  };
}

type PodRule = readonly [message: string, ...all: readonly string[]];

const POD_RULES: readonly PodRule[] = [
  [
    'only proxies run here: their account, their image, and one container',
    `variables.spec.serviceAccountName == '${PROXY}'`,
    `size(variables.spec.containers) == 1 && variables.spec.containers[0].image == 'IMAGE'`,
    ...['initContainers', 'ephemeralContainers'].map(
      (kind) => `(!has(variables.spec.${kind}) || size(variables.spec.${kind}) == 0)`,
    ),
  ],
  [
    `of the host only ${SOCKET_FOLDER} is mounted here, and no secret`,
    `variables.spec.volumes.all(it, (has(it.projected) && !it.projected.sources.exists(from, has(from.secret)))` +
      ` || (has(it.hostPath) && it.hostPath.path == '${SOCKET_FOLDER}'))`,
  ],
  [
    'nothing here shares a namespace with its host, or has rights on it',
    ...['hostNetwork', 'hostPID', 'hostIPC'].map(
      (what) => `(!has(variables.spec.${what}) || !variables.spec.${what})`,
    ),
    `variables.spec.containers.all(it, has(it.securityContext) && has(it.securityContext.allowPrivilegeEscalation)` +
      ` && !it.securityContext.allowPrivilegeEscalation` +
      ` && (!has(it.securityContext.privileged) || !it.securityContext.privileged)` +
      ` && has(it.securityContext.capabilities) && !has(it.securityContext.capabilities.add)` +
      ` && has(it.securityContext.capabilities.drop) && 'ALL' in it.securityContext.capabilities.drop` +
      // What a container says of it wins over what its pod says.
      ` && (!has(it.securityContext.runAsNonRoot) || it.securityContext.runAsNonRoot))`,
    `has(variables.spec.securityContext.runAsNonRoot) && variables.spec.securityContext.runAsNonRoot`,
  ],
];
