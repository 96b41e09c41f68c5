import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { readCommand } from '../command-runner.ts';
import type { MigrationHooks } from './migrate-copy.ts';

/** Longer than a conversion of small files takes; a hook that hangs must not keep a node from starting. */
const HOOK_MS = 120_000;

/** Programs that the image brings, where nothing on the node can change them. */
export function imageHooks(directory: string): MigrationHooks {
  return {
    find: async (direction, epoch) => {
      const program = path.join(directory, direction, String(epoch));
      const isThere = await access(program, constants.X_OK).then(
        () => true,
        () => false,
      );
      return isThere ? program : null;
    },
    run: async (program, args) => {
      const limits = { timeoutMs: HOOK_MS, isLogged: true };
      const { exitCode, stdout } = await readCommand(program, args, limits);
      if (exitCode === 0) return;
      const said = stdout.trim().split('\n').at(-1) ?? '';
      const message = `${program} ended with ${exitCode ?? 'a signal'}: ${said}`;
      throw new KubeosError('COMMAND_FAILED', message, { hint: 'correct the hook of the image' });
    },
  };
}
