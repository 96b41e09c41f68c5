import type { CommandSpec, OptionSpec } from '../command-spec.ts';

/** As kubectl's. */
const CLUSTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  kubeconfig: { type: 'string', summary: 'Kubeconfig file; default as kubectl, or the own pod' },
  context: { type: 'string', summary: 'Context of the kubeconfig' },
};

/** What runs in a cluster, and what people tell it. */
export const CLUSTER_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'operator',
    summary: 'Roll releases out over the nodes of a cluster',
    positionals: [],
    options: {
      ...CLUSTER_OPTIONS,
      namespace: {
        type: 'string',
        default: 'upgrade-system',
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
