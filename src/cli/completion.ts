import { bashCompletion } from './bash-completion.ts';
import type { CommandSpec } from './command-spec.ts';
import { zshCompletion } from './zsh-completion.ts';

export type Shell = 'bash' | 'zsh';

/** A script that completes commands, options and their choices; for all else the shell offers file names. */
export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  return shell === 'bash' ? bashCompletion(commands) : zshCompletion(commands);
}
