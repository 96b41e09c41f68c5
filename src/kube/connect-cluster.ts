import { KubeConfig } from '@kubernetes/client-node';
import { KubeosError } from '../errors.ts';
import type { KubeApi } from './kube-api.ts';
import { PatientApi } from './patient-api.ts';

/** As kubectl's flags of these names. */
export interface ClusterChoice {
  /** Default: KUBECONFIG, ~/.kube/config, or the pod's own account. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** @throws KubeosError CLUSTER where there is no such file or context */
export function connectCluster({ kubeconfig, context }: ClusterChoice): KubeApi {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('CLUSTER', `the kubeconfig cannot be read: ${why}`, {
      cause,
      hint: 'name another one with --kubeconfig FILE',
    });
  }
  if (context !== undefined) choose(config, context);
  return new PatientApi(config);
}

function choose(config: KubeConfig, context: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new KubeosError('CLUSTER', `the kubeconfig has no context ${JSON.stringify(context)}`, {
      hint: names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`,
    });
  }
  config.setCurrentContext(context);
}
