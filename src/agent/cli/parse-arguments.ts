import { parseArgs, type ParseArgsConfig } from 'node:util';
import { KubeosError } from '../../errors.ts';
import type { AgentCommand, CommandOption } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { GLOBAL_OPTIONS } from './help-text.ts';

export interface ParsedArguments {
  /** Null where none is named. */
  readonly command: AgentCommand | null;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** @throws KubeosError USAGE */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const { positionals, options } = parse(args);
  const [name, ...rest] = options['version'] === true ? ['version'] : positionals;
  if (name === undefined || name === 'help') return { command: null, positionals: rest, options };
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw usage(`there is no command ${JSON.stringify(name)}`);
  const foreign = Object.keys(options).find((option) => !takes(command, option));
  if (foreign !== undefined) throw usage(`${name} takes no --${foreign}`);
  const surplus = rest[command.words ?? 0];
  if (surplus !== undefined) throw usage(`${name} has no use for ${JSON.stringify(surplus)}`);
  return { command, positionals: rest, options };
}

const takes = ({ options = {} }: AgentCommand, option: string): boolean =>
  Object.hasOwn(options, option) || Object.hasOwn(GLOBAL_OPTIONS, option);

function parse(args: readonly string[]): Omit<ParsedArguments, 'command'> {
  try {
    const { values, positionals } = parseArgs({
      ...{ args: [...args], allowPositionals: true, options: allOptions() },
    });
    return { positionals, options: onlyOnce(values) };
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : 'wrong usage', cause);
  }
}

/** None of ours is a list. */
function onlyOnce(values: Readonly<Record<string, unknown>>): ParsedArguments['options'] {
  return Object.fromEntries(
    Object.entries(values).filter(
      (option): option is [string, string | boolean] => !Array.isArray(option[1]),
    ),
  );
}

/** Of all commands: which of them one takes is known when it is. */
function allOptions(): NonNullable<ParseArgsConfig['options']> {
  const options = [GLOBAL_OPTIONS, ...Object.values(COMMANDS).map((one) => one.options ?? {})];
  return Object.fromEntries(options.flatMap(Object.entries).map(parsedAs));
}

function parsedAs([name, { takes: value }]: readonly [string, CommandOption]) {
  const type = value === undefined ? ('boolean' as const) : ('string' as const);
  return [name, name === 'help' ? { type, short: 'h' } : { type }] as const;
}

function usage(message: string, cause?: unknown): KubeosError {
  return new KubeosError('USAGE', message, {
    cause,
    hint: 'kubeos-agent --help lists the commands',
  });
}
