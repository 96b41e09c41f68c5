import { labelsOf } from './manifest.ts';

/** Of health and, where there are any, metrics. */
export const HEALTH_PORT = 9808;

/** Nobody's; of no user of the image or the node. */
const UID = 65_532;

export interface PodParts {
  /** Of the workload and of its account. */
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly resources: object;
  /** Beside what every one of ours is told. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly object[];
  readonly mounts?: readonly object[];
  readonly supplementalGroups?: readonly number[];
  /** The rest of the pod's spec. */
  readonly placement: object;
}

/** A pod of one container that may do nothing on its node but what is mounted. */
export function podTemplate(parts: PodParts): object {
  const { name, image, args, resources, volumes = [], mounts = [], placement } = parts;
  const { supplementalGroups = [], environment = {} } = parts;
  return {
    metadata: { labels: labelsOf(name) },
    spec: {
      serviceAccountName: name,
      // The one below lasts an hour, is renewed by kubelet, and is no good when the pod is gone.
      ...{ automountServiceAccountToken: false, enableServiceLinks: false },
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: UID, runAsGroup: UID },
        ...(supplementalGroups.length > 0 && { supplementalGroups }),
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          ...{ name, image, args, resources },
          env: [...ENVIRONMENT, ...variables(environment)],
          ...PROBES,
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'token', mountPath: ACCOUNT_FOLDER, readOnly: true }, ...mounts],
        },
      ],
      volumes: [ACCOUNT, ...volumes],
      ...placement,
    },
  };
}

/** Where clients of the API server look for it (rest.InClusterConfig). */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

// The version is what the server would put there: the whole is one field to server-side apply.
const fieldRef = (fieldPath: string): object => ({ fieldRef: { apiVersion: 'v1', fieldPath } });

const ACCOUNT = {
  name: 'token',
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', ...fieldRef('metadata.namespace') }] } },
    ],
  },
};

/** Options of both commands, by their names in the environment. */
const IDENTITY = [
  { name: 'KUBEOS_NODE_NAME', valueFrom: fieldRef('spec.nodeName') },
  { name: 'KUBEOS_IDENTITY', valueFrom: fieldRef('metadata.name') },
  { name: 'KUBEOS_NAMESPACE', valueFrom: fieldRef('metadata.namespace') },
];

const ENVIRONMENT = [...IDENTITY, ...variables({ KUBEOS_HEALTH_LISTEN: `:${HEALTH_PORT}` })];

function variables(environment: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

const ask = (path: string): object => ({
  ...{ httpGet: { path, port: HEALTH_PORT }, timeoutSeconds: 5, periodSeconds: 20 },
});

/**
 * It is started anew only where it does not answer at all: what it waits for is no fault of its own. On a node that has just
 * started itself, and starts all its pods at once, a first answer may take a minute.
 */
const PROBES = {
  startupProbe: { ...ask('/healthz'), periodSeconds: 5, failureThreshold: 60 },
  livenessProbe: ask('/healthz'),
  readinessProbe: ask('/readyz'),
};
