import type { CliContext } from './command-spec.ts';

/** How progress is shown: a live list, greppable lines, JSON events, or not at all. */
export type OutputMode =
  | { readonly kind: 'live' | 'lines'; readonly stderr: NodeJS.WriteStream }
  | { readonly kind: 'events'; readonly stderr: NodeJS.WriteStream }
  | { readonly kind: 'quiet' };

export function outputMode(
  options: { readonly json: boolean; readonly quiet: boolean },
  { stderr }: Pick<CliContext, 'stderr'>,
): OutputMode {
  if (options.json) return { kind: 'events', stderr };
  if (options.quiet) return { kind: 'quiet' };
  return { kind: stderr.isTTY && process.env['CI'] === undefined ? 'live' : 'lines', stderr };
}
