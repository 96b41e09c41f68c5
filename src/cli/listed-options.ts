import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

/** One option as people write it, for everything that lists options. */
export interface ListedOption {
  /** All spellings: `--out` and `-o`; `--color` and `--no-color`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** Name of its value in capitals; undefined for a switch. */
  readonly value: string | undefined;
  /** May be given more than once. */
  readonly isList: boolean;
  readonly choices: readonly string[];
  readonly default: string | undefined;
}

/** The options of one command, in its own order, without the global ones. */
export function commandOptions(command: CommandSpec): ListedOption[] {
  return Object.entries(command.options).map(([name, option]) => listedOption(name, option));
}

/** The options that every command has. */
export function globalOptions(): ListedOption[] {
  const own = Object.entries(GLOBAL_OPTIONS).map(([name, { describe, ...option }]) =>
    listedOption(name, { ...option, summary: describe }),
  );
  return [...own, switchOption('--help', 'Show help'), switchOption('--version', 'Show version')];
}

function listedOption(name: string, option: OptionSpec): ListedOption {
  const { alias, type, summary, choices = [] } = option;
  return {
    flags: [
      `--${name}`,
      ...(alias === undefined ? [] : [`-${alias}`]),
      // yargs takes the negative of every switch; only that of one which is on does something.
      ...(option.default === true ? [`--no-${name}`] : []),
    ],
    summary,
    value: type === 'boolean' ? undefined : name.toUpperCase(),
    isList: type === 'strings',
    choices,
    default: type === 'boolean' ? undefined : option.default?.toString(),
  };
}

function switchOption(flag: string, summary: string): ListedOption {
  return {
    flags: [flag],
    summary,
    value: undefined,
    isList: false,
    choices: [],
    default: undefined,
  };
}
