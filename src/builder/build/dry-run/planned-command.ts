import type { Command } from '../../../host/commands.ts';
import { commandLine } from '../../../host/run-commands.ts';

/**
 * A command of a build before it runs. What only the build finds out stands in <>; where that ends in …, it may be any
 * number of words.
 */
export interface PlannedCommand extends Command {
  /** The case in which it is run; without it, always. */
  readonly when?: string;
}

export function onlyWhen(when: string, commands: readonly Command[]): PlannedCommand[] {
  return commands.map((command) => ({ ...command, when }));
}

/** Given to what plans a command, in place of a number that only the build finds out. */
export const UNKNOWN = Number.NaN;

/** Says <number> where UNKNOWN was written, alone or with a unit, at the end of a word. */
export function nameUnknown(command: PlannedCommand): PlannedCommand {
  return { ...command, args: command.args.map((word) => word.replace(/NaN(?=k?$)/, '<number>')) };
}

/** As one would type it, with what goes into standard input. */
export function shellLine({ environment = {}, input, when, ...command }: PlannedCommand): string {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  const line = [...settings, commandLine(command)].join(' ');
  const fed = typeof input === 'string' ? ` <<< ${quoted(input)}` : '';
  return `${line}${fed}${when === undefined ? '' : `  # ${when}`}`;
}

const quoted = (word: string): string => commandLine({ tool: word, args: [] });
