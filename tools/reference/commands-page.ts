import type { CommandSpec } from '../../src/cli/command-spec.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { commandOptions, globalOptions, type ListedOption } from '../../src/cli/listed-options.ts';
import { synopsis } from '../../src/cli/synopsis.ts';
import { code, GENERATED, table } from './markdown.ts';

const INTRODUCTION = `# Commands

${GENERATED}

Results go to standard output, everything else to standard error. An option can also be set in the environment: its
name in capitals after \`KUBEOS_\`, as in \`KUBEOS_OUT\`. What the exit codes mean: [exit-codes.md](exit-codes.md).
`;

/** docs/reference/commands.md: every command of the table, in its order. */
export function commandsPage(): string {
  const everyCommand = ['## Options of every command', optionTable(globalOptions())].join('\n\n');
  return [INTRODUCTION, ...COMMANDS.map(section), `${everyCommand}\n`].join('\n');
}

function section(command: CommandSpec): string {
  const options = commandOptions(command);
  const positionals = command.positionals.map(
    ({ name, summary, default: otherwise, choices }) =>
      `- ${code(name.toUpperCase())}: ${summary}${choices === undefined ? '' : `, one of ${choices.map(code).join(', ')}`}${otherwise === undefined || otherwise === '' ? '' : `; default ${code(otherwise)}`}`,
  );
  const parts = [
    `## kubeos ${command.name}`,
    `${command.summary}.`,
    ['```', synopsis(command), '```'].join('\n'),
    ...(positionals.length === 0 ? [] : [positionals.join('\n')]),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    ['Examples:', '', ...command.examples.map(example)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function optionTable(options: readonly ListedOption[]): string {
  return table(['option', 'default', 'what'], options.map(optionRow));
}

function optionRow({ flags, value, choices, summary, isList, ...option }: ListedOption): string[] {
  const shown = choices.length === 0 ? value : choices.join('|');
  const written = flags.map((flag) => code(shown === undefined ? flag : `${flag} ${shown}`));
  const otherwise = option.default === undefined ? '' : code(option.default);
  return [
    written.join(', '),
    otherwise,
    isList ? `${summary}; may be given more than once` : summary,
  ];
}

function example({ command, explains }: CommandSpec['examples'][number]): string {
  return `- ${code(command)}: ${explains}`;
}
