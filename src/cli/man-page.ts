import type { CommandSpec } from './command-spec.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';
import { commandOptions, globalOptions, type ListedOption } from './listed-options.ts';
import { synopsis } from './synopsis.ts';

/** kubeos(1) in the man(7) macros, without a date: the same commands give the same bytes. */
export function manPage(commands: readonly CommandSpec[], version: string): string {
  const lines = [
    `.TH KUBEOS 1 "" "kubeos ${version}" "User Commands"`,
    '.SH NAME',
    'kubeos \\- build, publish and roll out the operating system of Kubernetes nodes',
    '.SH SYNOPSIS',
    '.B kubeos',
    '.I COMMAND',
    '[\\fIARGUMENT\\fR]... [\\fIOPTION\\fR]...',
    '.SH DESCRIPTION',
    'Results go to standard output, everything else to standard error.',
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH OPTIONS OF EVERY COMMAND',
    ...globalOptions().flatMap(optionItem),
    '.SH EXAMPLES',
    ...commands.flatMap(({ examples }) => examples.flatMap(example)),
    '.SH EXIT STATUS',
    ...[...EXIT_CODE_MEANINGS].flatMap(([code, meaning]) => item(`.B ${code}`, meaning)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => item(`.B ${name}`, meaning)),
    '.SH FILES',
    ...item(
      '.I ~/.cache/kubeos',
      'Packages and root file systems of former builds, and node agents, by digest; in $XDG_CACHE_HOME where that is set.',
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const ENVIRONMENT = [
  [
    'KUBEOS_\\fIOPTION\\fR',
    'Sets an option: KUBEOS_OUT is the same as --out, KUBEOS_CACHE_DIRECTORY the same as --cache-directory.',
  ],
  ['NO_COLOR', 'Set to anything: no colours.'],
  [
    'SOURCE_DATE_EPOCH',
    'Time of a build in seconds since 1970; otherwise that of the last commit to the folder of the definition.',
  ],
] as const;

function commandSection(command: CommandSpec): string[] {
  return [
    `.SS ${text(synopsis(command))}`,
    `${text(command.summary)}.`,
    ...commandOptions(command).flatMap(optionItem),
  ];
}

function optionItem(option: ListedOption): string[] {
  const { flags, value, summary, choices, isList } = option;
  const written = flags.map((flag) => `\\fB${text(flag)}\\fR`).join(', ');
  const remarks = [
    ...(choices.length === 0 ? [] : [`one of: ${choices.join(', ')}`]),
    ...(option.default === undefined ? [] : [`default: ${option.default}`]),
    ...(isList ? ['may be given more than once'] : []),
  ];
  const remark = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
  return item(
    value === undefined ? written : `${written} \\fI${text(value)}\\fR`,
    summary + remark,
  );
}

function example({ command, explains }: CommandSpec['examples'][number]): string[] {
  return item(`.B ${text(command)}`, explains);
}

function item(term: string, meaning: string): string[] {
  return ['.TP', term, text(meaning)];
}

/** As it is, in roff: no escapes, no requests, ASCII alone, and dashes that can be copied (groff_man(7)). */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replace(/^[.']/, '\\&$&');
}
