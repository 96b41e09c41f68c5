import type { OptionSpec } from '../command-spec.ts';

/** As kubectl's. */
export const CLUSTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  kubeconfig: { type: 'string', summary: 'Kubeconfig file; default as kubectl, or the own pod' },
  context: { type: 'string', summary: 'Context of the kubeconfig' },
};
