import type { CommandSpec } from './command-spec.ts';

/** `kubeos build [DEFINITION]`: a command as it is typed, without its options. */
export function synopsis({ name, positionals }: CommandSpec): string {
  const words = positionals.map(({ name: word, default: otherwise }) =>
    otherwise === undefined ? word.toUpperCase() : `[${word.toUpperCase()}]`,
  );
  return ['kubeos', name, ...words].join(' ');
}
