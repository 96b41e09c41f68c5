import { KubeosError } from '../../errors.ts';
import type { CommandRun, CommandSpec } from '../command-spec.ts';
import { completionScript, type Shell } from '../completion.ts';

/** `kubeos completion`: the script for one shell, made from the commands that help lists. */
export function completionCommand(commands: readonly CommandSpec[]): CommandRun {
  return async ({ shell }, { stdout }) => {
    if (!isShell(shell)) {
      throw new KubeosError('USAGE', `there is no completion for "${String(shell)}"`, {
        hint: 'kubeos completion bash, or kubeos completion zsh',
      });
    }
    stdout.write(completionScript(shell, commands));
    return 0;
  };
}

function isShell(shell: unknown): shell is Shell {
  return shell === 'bash' || shell === 'zsh';
}
