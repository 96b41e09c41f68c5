import type { WishVerb } from '../commands/rollout-wish.ts';
import type { CommandSpec, OptionSpec, PositionalSpec } from '../command-spec.ts';
import { ADDRESS_SOURCES } from '../../rollout/ssh/ssh-node.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';
import { SSH_OPTIONS } from './ssh-options.ts';

const NAME: PositionalSpec = { name: 'name', summary: 'OS object' };

const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  namespace: { type: 'string', alias: 'n', default: 'default', summary: 'Namespace of it' },
  ...CLUSTER_OPTIONS,
};

/** What is asked for. */
const SPEC: Readonly<Record<string, OptionSpec>> = {
  release: { type: 'string', alias: 'r', summary: 'Release: 1.4.2@sha256:DIGEST' },
  file: { type: 'string', alias: 'f', summary: 'OS object in YAML; flags say it otherwise' },
  selector: { type: 'string', alias: 'l', summary: 'Labels of the nodes: zone=a,tier=web' },
  'max-unavailable': { type: 'string', summary: 'How many may be away at once: 3, or 10%' },
};

/** Of whatever waits. */
const WATCH: Readonly<Record<string, OptionSpec>> = {
  timeout: { type: 'string', summary: 'Wait no longer: 90s, 45m, 1h30m' },
  report: {
    type: 'strings',
    summary: 'Write how it ended, however it ends: FILE.xml (JUnit) or FILE.json; may be repeated',
  },
  'measure-services': {
    type: 'boolean',
    default: false,
    summary:
      'Measure how long each Service has no Ready endpoint, and moves of pods; needs list and watch of endpointslices and pods in all namespaces',
  },
};

const WAIT: Readonly<Record<string, OptionSpec>> = {
  wait: {
    type: 'boolean',
    default: false,
    summary: 'Wait until it is certain how it ends: exit code 0, 8 or 9; 10 after --timeout',
  },
  ...WATCH,
};

/** With `--via ssh`. */
const VIA: Readonly<Record<string, OptionSpec>> = {
  via: {
    type: 'string',
    choices: ['proxy', 'ssh'],
    default: 'proxy',
    summary: 'ssh: do the part of the proxies while it waits, for nodes on which none runs',
  },
  'ssh-user': { type: 'string', summary: 'With --via ssh: user on the nodes; default: yours' },
  'ssh-port': { type: 'number', default: 22, summary: 'With --via ssh: port of the nodes' },
  'ssh-address-from': {
    type: 'string',
    choices: ADDRESS_SOURCES,
    default: 'InternalIP',
    summary: 'With --via ssh: where the address of a node stands',
  },
  'ssh-connections': {
    type: 'number',
    default: 16,
    summary: 'With --via ssh: to so many nodes at once',
  },
  ...SSH_OPTIONS,
};

const DRY_RUN: CommandSpec['options'] = {
  'dry-run': {
    type: 'boolean',
    default: false,
    summary: 'Let the API server say whether it would be taken, and change nothing',
  },
};

const wish = (
  verb: WishVerb,
  summary: string,
  { options = {}, explains }: { options?: CommandSpec['options']; explains: string },
): CommandSpec => ({
  ...{
    name: `rollout ${verb}`,
    summary,
    positionals: [NAME],
    options: { ...DRY_RUN, ...OPTIONS, ...options },
  },
  examples: [{ command: `kubeos rollout ${verb} fleet`, explains }],
  load: async () => (await import('../commands/rollout-wish.ts')).wishCommand(verb),
});

/** The verbs of `kubeos rollout`. */
export const ROLLOUT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'rollout plan',
    summary: 'What would happen: order, waves, times, and what is in the way; changes nothing',
    positionals: [NAME],
    options: {
      ...SPEC,
      drains: {
        type: 'number',
        default: 10,
        summary: 'Of so many nodes, the first ones, ask which pods may leave',
      },
      ...OPTIONS,
    },
    examples: [
      {
        command: 'kubeos rollout plan fleet -r 1.4.2@sha256:DIGEST',
        explains: 'Exit code 8: nothing would begin',
      },
    ],
    load: async () => (await import('../commands/rollout-plan.ts')).runRolloutPlan,
  },
  {
    name: 'rollout start',
    summary: 'Say which release the nodes of an OS object are to run',
    positionals: [NAME],
    options: {
      ...SPEC,
      'dry-run': {
        type: 'string',
        choices: ['none', 'client', 'server'],
        default: 'none',
        summary: 'client: print what would be asked for; server: let the API server check it',
      },
      local: {
        type: 'boolean',
        default: false,
        summary: 'Be the operator while it waits, for a cluster in which none is installed',
      },
      ...VIA,
      ...WAIT,
      ...OPTIONS,
    },
    examples: [
      {
        command: 'kubeos rollout start fleet -r 1.4.2@sha256:DIGEST --wait',
        explains: 'In CI: the exit code says how it ended',
      },
      {
        command: 'kubeos rollout start fleet -r 1.4.2@sha256:DIGEST --local --via ssh',
        explains: 'Nothing of kubeos runs in the cluster',
      },
    ],
    load: async () => (await import('../commands/rollout-start.ts')).runRolloutStart,
  },
  {
    name: 'rollout status',
    summary: 'Where a rollout is, and what waits for what',
    positionals: [NAME],
    options: { ...WAIT, ...OPTIONS },
    examples: [
      { command: 'kubeos rollout status fleet', explains: 'Now' },
      { command: 'kubeos rollout status fleet --wait', explains: 'As watch, until it is certain' },
    ],
    load: async () => (await import('../commands/rollout-status.ts')).runRolloutStatus,
  },
  {
    name: 'rollout watch',
    summary: 'See how it goes on, until it is certain how it ends: a table, or lines in a pipe',
    positionals: [NAME],
    options: { ...WATCH, ...OPTIONS },
    examples: [
      {
        command: 'kubeos rollout watch fleet',
        explains: 'Changes nothing; Ctrl-C ends the watching',
      },
    ],
    load: async () => (await import('../commands/rollout-status.ts')).runRolloutWatch,
  },
  {
    name: 'rollout why',
    summary: 'Where a node is in its rollout, and what it waits for',
    positionals: [{ name: 'node', summary: 'Node' }],
    options: CLUSTER_OPTIONS,
    examples: [{ command: 'kubeos rollout why worker-17', explains: 'Each closed gate in a line' }],
    load: async () => (await import('../commands/rollout-why.ts')).runRolloutWhy,
  },
  {
    name: 'rollout history',
    summary: 'What has happened, the oldest first',
    positionals: [NAME],
    options: OPTIONS,
    examples: [{ command: 'kubeos rollout history fleet', explains: 'The last 50 changes' }],
    load: async () => (await import('../commands/rollout-history.ts')).runRolloutHistory,
  },
  wish('approve', 'Let the next wave begin', { explains: 'After a look at the first one' }),
  wish('pause', 'Begin no node any more; what is under way goes on', {
    options: { by: { type: 'string', summary: 'Who wants it; default: the name of the user' } },
    explains: 'Until: kubeos rollout resume fleet',
  }),
  wish('resume', 'Go on after a pause', { explains: 'It goes on at once' }),
  wish('abort', 'Halt it: nothing is begun, and what was not switched yet is given back', {
    explains: 'What was upgraded stays upgraded',
  }),
  wish('rollback', 'Halt it, and take back what was upgraded, the newest first', {
    explains: 'Each node goes back to the release that it ran before',
  }),
  wish('retry', 'Forget halts and failures until now, and try again', {
    explains: 'After what was wrong is mended',
  }),
];
