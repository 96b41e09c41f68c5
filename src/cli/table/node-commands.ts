import type { CommandSpec, PositionalSpec } from '../command-spec.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';

const NODE: PositionalSpec = { name: 'node', summary: 'Node' };

/** The verbs of `kubeos node`. */
export const NODE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'node drain',
    summary: 'Cordon a node and move its pods, as a rollout does',
    positionals: [NODE],
    options: {
      unmanaged: {
        type: 'string',
        choices: ['block', 'evict', 'leave'],
        default: 'block',
        summary: 'Pods that nothing makes anew elsewhere',
      },
      'empty-dir': {
        type: 'string',
        choices: ['block', 'evict'],
        default: 'evict',
        summary: 'Pods with data that end with them',
      },
      timeout: { type: 'string', summary: 'Give up then, exit code 10; the node stays cordoned' },
      'force-after': {
        type: 'string',
        summary: 'Delete what is left then, whatever its budget says: 10m',
      },
      'dry-run': { type: 'boolean', default: false, summary: 'Say what would leave, and what not' },
      ...CLUSTER_OPTIONS,
    },
    examples: [
      {
        command: 'kubeos node drain worker-17 --dry-run',
        explains: 'Exit code 8: a pod blocks it',
      },
      { command: 'kubeos node drain worker-17 --timeout 15m', explains: 'For work at the machine' },
    ],
    load: async () => (await import('../commands/node-drain.ts')).runNodeDrain,
  },
  {
    name: 'node uncordon',
    summary: 'Let pods onto a node again that was drained by hand',
    positionals: [NODE],
    options: CLUSTER_OPTIONS,
    examples: [{ command: 'kubeos node uncordon worker-17', explains: 'The work is done' }],
    load: async () => (await import('../commands/node-uncordon.ts')).runNodeUncordon,
  },
];
