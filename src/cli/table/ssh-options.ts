import type { OptionSpec } from '../command-spec.ts';

/** Of every command that asks agents over SSH. */
export const SSH_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  jump: { type: 'strings', summary: 'USER@HOST of a host on the way; several in their order' },
  'ssh-key': { type: 'string', summary: 'Private key file; default: the keys of ssh-agent' },
  'agent-socket': {
    type: 'string',
    default: '/run/kubeos/admin/agent.sock',
    summary: 'Of the agent, on the node',
  },
};
