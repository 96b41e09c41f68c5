import { COMMANDS as AGENT_COMMANDS } from '../../agent/cli/command-table.ts';
import type { CommandSpec, PositionalSpec } from '../command-spec.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';
import { SSH_OPTIONS } from './ssh-options.ts';

const NODE: PositionalSpec = { name: 'node', summary: 'Node' };

/** What an agent takes beside the name of its command, with an example. */
interface Word {
  readonly word: PositionalSpec;
  readonly such: string;
}

const RELEASE: Word = {
  word: { name: 'release', summary: 'Release', default: '' },
  such: ' 1.4.2',
};
const DIGEST: Word = {
  word: {
    name: 'digest',
    summary: 'Of the release; else what the standby slot holds',
    default: '',
  },
  such: '',
};

/** What `kubeos-agent` does on a node, asked from here. */
const overSsh = (verb: string, taken?: Word): CommandSpec => ({
  name: `node ${verb}`,
  summary: `Over SSH: ${AGENT_COMMANDS[verb]?.summary ?? ''}`,
  positionals: [
    { name: 'address', summary: 'USER@HOST, or USER@HOST:PORT' },
    ...(taken === undefined ? [] : [taken.word]),
  ],
  options: {
    ...Object.fromEntries(
      Object.entries(AGENT_COMMANDS[verb]?.options ?? {}).map(([name, { takes, summary }]) => [
        name,
        takes === undefined
          ? { type: 'boolean', default: false, summary }
          : { type: 'string', summary: `${summary} (${takes})` },
      ]),
    ),
    ...SSH_OPTIONS,
    'host-key': { type: 'string', summary: 'SHA256:… of the host key, in place of known_hosts' },
  },
  examples: [
    {
      command: `kubeos node ${verb} root@worker-17${taken?.such ?? ''}`,
      explains: `As kubeos-agent ${verb} there`,
    },
  ],
  load: async () => (await import('../commands/node-agent.ts')).nodeAgentCommand(verb),
});

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
  ...['status', 'watch'].map((verb) => overSsh(verb)),
  ...['plan', 'prepare'].map((verb) => overSsh(verb, RELEASE)),
  overSsh('activate', DIGEST),
  ...['cancel', 'reboot', 'commit', 'rollback', 'retry-grub'].map((verb) => overSsh(verb)),
];
