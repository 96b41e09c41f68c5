import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';

/** As kubectl's. */
const CLUSTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  kubeconfig: { type: 'string', summary: 'Kubeconfig file; default as kubectl, or the own pod' },
  context: { type: 'string', summary: 'Context of the kubeconfig' },
};

/** What runs in a cluster, and what people tell it. */
export const CLUSTER_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'install',
    summary: 'Print what a cluster needs to roll out releases: CRDs, accounts, policies, workloads',
    positionals: [],
    options: {
      image: { type: 'string', summary: 'Image of operator and proxy, by digest: name@sha256:…' },
      replicas: {
        type: 'number',
        default: 2,
        summary: 'How many operators, of which one works; 1 where there is one control-plane node',
      },
      'operator-nodes': {
        type: 'string',
        choices: ['control-plane', 'any'],
        default: 'control-plane',
        summary: 'Where operators run; any where the cluster shows no control-plane nodes',
      },
    },
    examples: [
      {
        command: 'kubeos install --image IMAGE | kubectl apply --server-side -f -',
        explains: 'Or into the repository from which the cluster is reconciled',
      },
    ],
    load: async () => (await import('../commands/install.ts')).runInstallCommand,
  },
  {
    name: 'operator',
    summary: 'Roll releases out over the nodes of a cluster',
    positionals: [],
    options: {
      ...CLUSTER_OPTIONS,
      namespace: {
        type: 'string',
        default: OPERATOR_NAMESPACE,
        summary: 'Namespace of its lease: of several operators one works',
      },
      identity: { type: 'string', summary: 'Its name in the lease; default: host and process' },
      'node-name': {
        type: 'string',
        summary: 'Node that it runs on, which is upgraded last; default: none of the cluster',
      },
    },
    examples: [
      {
        command: 'kubeos operator --kubeconfig ~/.kube/config --namespace default',
        explains: 'From a shell, for a cluster in which none is installed',
      },
    ],
    load: async () => (await import('../commands/operator.ts')).runOperatorCommand,
  },
];
