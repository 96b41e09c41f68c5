import type { CommandRun, CommandSpec } from '../command-spec.ts';
import { manPage } from '../man-page.ts';
import { VERSION } from '../version.ts';

/** `kubeos man`: kubeos(1), made from the commands that help lists. */
export function manCommand(commands: readonly CommandSpec[]): CommandRun {
  return async (_args, { stdout }) => {
    stdout.write(manPage(commands, VERSION));
    return 0;
  };
}
