import { labelsOf, OPERATOR, OPERATOR_NAMESPACE, type Manifest } from './manifest.ts';
import { HEALTH_PORT } from './pod-template.ts';

const METADATA = { name: OPERATOR, namespace: OPERATOR_NAMESPACE, labels: labelsOf(OPERATOR) };

/** For Prometheus's own operator, where a cluster has it: which pods have metrics (docs/guides/rollouts.md). */
export function monitoring(): readonly Manifest[] {
  const selector = labelsOf(OPERATOR);
  const ports = [{ name: 'metrics', port: HEALTH_PORT, protocol: 'TCP' }];
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: METADATA },
      // Nobody is to reach any one of them: each is asked.
      spec: { clusterIP: 'None', selector, ports },
    },
    {
      ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: METADATA },
      spec: { selector: { matchLabels: selector }, endpoints: [{ port: 'metrics' }] },
    },
  ];
}
