import { z } from 'zod';
import type { ClusterChoice } from '../kube/connect-cluster.ts';

/** Of every command that asks a cluster; `CLUSTER_OPTIONS` of the table. */
export const clusterArguments = {
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
};

/** What was left out is not named. */
export function chosenCluster(given: {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}): ClusterChoice {
  const { kubeconfig, context } = given;
  return {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  };
}
