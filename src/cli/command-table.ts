import { PAGE_CODES } from './explain/error-pages.ts';
import type { CommandSpec } from './command-spec.ts';
import { CLUSTER_COMMANDS } from './table/cluster-commands.ts';
import { IMAGE_COMMANDS } from './table/image-commands.ts';
import { NODE_COMMANDS } from './table/node-commands.ts';
import { RELEASE_COMMANDS } from './table/release-commands.ts';
import { REPOSITORY_COMMANDS } from './table/repository-commands.ts';
import { ROLLOUT_COMMANDS } from './table/rollout-commands.ts';

const HELP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'demo',
    summary: 'Show the whole journey: two Kubernetes nodes in QEMU, built, joined and upgraded',
    positionals: [],
    options: {
      keep: {
        type: 'boolean',
        default: false,
        summary: 'Go on at the end, to be tried out, until Ctrl-C',
      },
      folder: { type: 'string', summary: 'For its files; default ~/.cache/kubeos/demo' },
    },
    examples: [
      { command: 'kubeos demo', explains: 'Says what this machine lacks, before anything else' },
      { command: 'kubeos demo --keep', explains: 'With a cluster to try the next commands on' },
    ],
    load: async () => (await import('./commands/demo.ts')).runDemoCommand,
  },
  {
    name: 'explain',
    summary: 'Say what an error code means, where it comes from and what to do',
    positionals: [
      { name: 'code', summary: 'Code', default: 'all', choices: ['all', ...PAGE_CODES] },
    ],
    options: {},
    examples: [
      { command: 'kubeos explain', explains: 'Every code, in a line' },
      { command: 'kubeos explain NETWORK', explains: 'The page of one' },
    ],
    load: async () => (await import('./commands/explain.ts')).runExplainCommand,
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    positionals: [{ name: 'shell', summary: 'Shell', choices: ['bash', 'zsh'] }],
    options: {},
    examples: [
      {
        command: 'source <(kubeos completion bash)',
        explains: 'In ~/.bashrc; for zsh the same in ~/.zshrc, after compinit',
      },
    ],
    // Given the table, because it cannot import what imports it.
    load: async () => (await import('./commands/completion.ts')).completionCommand(COMMANDS),
  },
  {
    name: 'man',
    summary: 'Print the manual page, for man to read',
    positionals: [],
    options: {},
    examples: [
      {
        command: 'kubeos man > ~/.local/share/man/man1/kubeos.1',
        explains: 'Then: man kubeos',
      },
    ],
    load: async () => (await import('./commands/man.ts')).manCommand(COMMANDS),
  },
];

/** Every command of `kubeos`, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...IMAGE_COMMANDS,
  ...RELEASE_COMMANDS,
  ...REPOSITORY_COMMANDS,
  ...ROLLOUT_COMMANDS,
  ...NODE_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...HELP_COMMANDS,
];
