import type { Command } from '../../host/commands.ts';

/** A command that the kernel kills when this process ends, however it ends (prctl(2) PR_SET_PDEATHSIG). */
export function endsWithUs({ tool, args }: Command): Command {
  return { tool: 'setpriv', args: ['--pdeathsig', 'KILL', '--', tool, ...args] };
}
