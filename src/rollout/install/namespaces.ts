import {
  labelsOf,
  OPERATOR,
  OPERATOR_NAMESPACE,
  PROXY,
  PROXY_NAMESPACE,
  type Manifest,
} from './manifest.ts';
import { HEALTH_PORT } from './pod-template.ts';

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
type Level = 'restricted' | 'privileged';

/** Both, and who may talk to whom in them. */
export function namespaces(): readonly Manifest[] {
  return [
    namespace(OPERATOR_NAMESPACE, OPERATOR, 'restricted'),
    // `baseline` forbids every folder of the host already; the policy kubeos-proxy-pods says the rest.
    namespace(PROXY_NAMESPACE, PROXY, 'privileged'),
    networkPolicy(OPERATOR_NAMESPACE, OPERATOR),
    networkPolicy(PROXY_NAMESPACE, PROXY),
  ];
}

function namespace(name: string, of: string, level: Level): Manifest {
  const enforced = { 'pod-security.kubernetes.io/enforce': level };
  return {
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name, labels: { ...labelsOf(of), ...enforced } },
  };
}

/** An API server behind its Service, and as most clusters have it; its address is no pod's, so it can only be told by port. */
const API_SERVER_PORTS = [443, 6443];

/** In only to ask for health and metrics, which tell no secret; out only to the API server. */
function networkPolicy(namespace: string, of: string): Manifest {
  const ports = API_SERVER_PORTS.map((port) => ({ protocol: 'TCP', port }));
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { name: of, namespace, labels: labelsOf(of) },
    spec: {
      ...{ podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{ ports }] },
      ingress: [{ ports: [{ protocol: 'TCP', port: HEALTH_PORT }] }],
    },
  };
}
