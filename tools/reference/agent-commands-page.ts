import type { AgentCommand, CommandOption } from '../../src/agent/cli/command.ts';
import { COMMANDS } from '../../src/agent/cli/command-table.ts';
import { GLOBAL_OPTIONS } from '../../src/agent/cli/help-text.ts';
import { code, GENERATED, table } from './markdown.ts';

const INTRODUCTION = `# Commands on a node

${GENERATED}

What \`kubeos-agent\` takes, on a node ([guide](../guides/node-agent.md)). Results go to standard output, everything else to
standard error. What the exit codes mean: [exit-codes.md](exit-codes.md).
`;

/** docs/reference/agent-commands.md: every command of the agent's table, in its order. */
export function agentCommandsPage(): string {
  const commands = Object.entries(COMMANDS);
  const forPeople = commands.filter(([, { isForUnits = false }]) => !isForUnits);
  const forUnits = commands.filter(([, { isForUnits = false }]) => isForUnits);
  const unitRows = forUnits.map(([, { usage, summary }]) => [
    usage.map(inFull).map(code).join(', '),
    summary,
  ]);
  return [
    INTRODUCTION,
    ...forPeople.map(([name, command]) => section(name, command)),
    `## Options of every command\n\n${optionTable(GLOBAL_OPTIONS)}\n`,
    `## Started by units\n\n${table(['command', 'what'], unitRows)}\n`,
  ].join('\n');
}

const inFull = (way: string): string => `kubeos-agent ${way}`;

function section(name: string, { usage, summary, options = {} }: AgentCommand): string {
  const parts = [
    `## kubeos-agent ${name}`,
    `${summary}.`,
    ['```', ...usage.map(inFull), '```'].join('\n'),
    ...(Object.keys(options).length === 0 ? [] : [optionTable(options)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function optionTable(options: Readonly<Record<string, CommandOption>>): string {
  const rows = Object.entries(options).map(([name, { takes, summary }]) => [
    code(takes === undefined ? `--${name}` : `--${name} ${takes}`),
    summary,
  ]);
  return table(['option', 'what'], rows);
}
