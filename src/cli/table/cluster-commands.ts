import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';
import type { CommandSpec } from '../command-spec.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';

/** What runs in a cluster, and what people tell it. */
export const CLUSTER_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'install',
    summary: 'Print or apply what a cluster needs: CRDs, accounts, policies, operator and proxy',
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
      'drain-by': {
        type: 'string',
        choices: ['operator', 'proxy'],
        default: 'operator',
        summary: 'Who cordons and drains; a stolen token of a proxy that does may evict any pod',
      },
      'service-monitor': {
        type: 'boolean',
        default: false,
        summary: 'A ServiceMonitor too, for a cluster with the operator of Prometheus',
      },
      apply: { type: 'boolean', default: false, summary: 'Apply it; without, it is printed' },
      'force-conflicts': {
        type: 'boolean',
        default: false,
        summary: 'With --apply: take over what somebody else has set, such as the CRDs of KubeOS',
      },
      'dry-run': {
        type: 'string',
        choices: ['none', 'client', 'server'],
        default: 'none',
        summary: 'With --apply: client prints it; server lets the API server say what would change',
      },
      ...CLUSTER_OPTIONS,
    },
    examples: [
      {
        command: 'kubeos install --image IMAGE > kubeos.yaml',
        explains: 'For the repository from which the cluster is reconciled, or kubectl apply',
      },
      {
        command: 'kubeos install --image IMAGE --apply --dry-run=server',
        explains: 'What would change',
      },
    ],
    load: async () => (await import('../commands/install.ts')).runInstallCommand,
  },
  {
    name: 'uninstall',
    summary: 'Take away what install has applied, and lift what the operator has left on nodes',
    positionals: [],
    options: {
      crds: {
        type: 'boolean',
        default: false,
        summary: 'Take the CRDs too, and with them every OS object and OSInstance',
      },
      'dry-run': {
        type: 'boolean',
        default: false,
        summary: 'Let the API server say what would be removed, and change nothing',
      },
      ...CLUSTER_OPTIONS,
    },
    examples: [{ command: 'kubeos uninstall', explains: 'OS objects are kept for the next time' }],
    load: async () => (await import('../commands/uninstall.ts')).runUninstallCommand,
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
      'drain-by': {
        type: 'string',
        choices: ['operator', 'proxy'],
        default: 'operator',
        summary: 'proxy: leave the cordon and the drain of a node to its proxy',
      },
      'health-listen': { type: 'string', summary: 'HOST:PORT for /healthz, /readyz and /metrics' },
    },
    examples: [
      {
        command: 'kubeos operator --kubeconfig ~/.kube/config --namespace default',
        explains: 'From a shell, for a cluster in which none is installed',
      },
    ],
    load: async () => (await import('../commands/operator.ts')).runOperatorCommand,
  },
  {
    name: 'proxy',
    summary: 'Be the hand of one node: signal its agent, and report what it says',
    positionals: [],
    options: {
      ...CLUSTER_OPTIONS,
      'node-name': { type: 'string', summary: 'The node; default $NODE_NAME' },
      socket: {
        type: 'string',
        default: '/run/kubeos/proxy/agent.sock',
        summary: 'Of the agent, for proxies',
      },
      'health-listen': { type: 'string', summary: 'HOST:PORT for /healthz and /readyz' },
    },
    examples: [
      {
        command: 'kubeos proxy --health-listen :9808',
        explains: 'As the DaemonSet runs it, with KUBEOS_NODE_NAME from the downward API',
      },
      {
        command: 'kubeos proxy --node-name n1 --kubeconfig n1.kubeconfig --socket ./agent.sock',
        explains: 'From a shell, as whoever the kubeconfig says',
      },
    ],
    load: async () => (await import('../commands/proxy.ts')).runProxyCommand,
  },
];
