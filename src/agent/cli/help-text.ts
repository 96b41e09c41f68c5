import type { AgentCommand, CommandOption } from './command.ts';
import { COMMANDS } from './command-table.ts';

export const DEFAULT_SOCKET = '/run/kubeos/admin/agent.sock';

/** What every command takes. */
export const GLOBAL_OPTIONS: Readonly<Record<string, CommandOption>> = {
  json: { summary: 'Say it as JSON, for a program' },
  socket: { takes: 'PATH', summary: `Where the agent answers; default ${DEFAULT_SOCKET}` },
  help: { summary: 'This help, or that of a command' },
  version: { summary: 'The version of this program' },
};

/** `kubeos-agent --help` */
export function helpText(): string {
  const commands = Object.values(COMMANDS);
  return [
    'kubeos-agent: upgrades this node\n',
    ...commands.filter(({ isForUnits = false }) => !isForUnits).map(listed),
    `\nStarted by units\n${commands
      .filter(({ isForUnits = false }) => isForUnits)
      .map(listed)
      .join('\n')}`,
    `\nOptions of all\n${optionLines(GLOBAL_OPTIONS)}`,
    EXAMPLES,
  ].join('\n');
}

/** `kubeos-agent COMMAND --help` */
export function commandHelp({ usage, summary, options = {} }: AgentCommand): string {
  const ways = usage.map((way) => `kubeos-agent ${way}`).join('\n');
  return `${ways}\n\n${summary}\n\nOptions\n${optionLines({ ...options, ...GLOBAL_OPTIONS })}\n`;
}

const listed = ({ usage, summary }: AgentCommand): string =>
  `  ${usage.join(' | ')}\n      ${summary}`;

function optionLines(options: Readonly<Record<string, CommandOption>>): string {
  const named = Object.entries(options).map(([name, { takes, summary }]) => ({
    option: `--${name}${takes === undefined ? '' : ` ${takes}`}`,
    summary,
  }));
  const width = Math.max(...named.map(({ option }) => option.length));
  return named.map(({ option, summary }) => `  ${option.padEnd(width)}  ${summary}`).join('\n');
}

const EXAMPLES = `
Examples
  kubeos-agent prepare stable && kubeos-agent activate && kubeos-agent reboot
      Upgrade to what the channel stable names
  kubeos-agent rollback && kubeos-agent reboot
      Back to the release before
  kubeos-agent plan stable
      What that would fetch, and whether it would be refused
  kubeos-agent doctor
      What is wrong with this node, and what to do
`;
