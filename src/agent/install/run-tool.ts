import { execFile } from 'node:child_process';
import { KubeosError } from '../../errors.ts';

/**
 * Runs a program of the image to its end, however long it takes; arguments only, no shell.
 *
 * @throws KubeosError COMMAND_FAILED with what it said last
 */
export type ToolRunner = (
  program: string,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<void>;

/** A shell that was not started as root's own may not look there. */
const PATH = '/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin';

export const runTool: ToolRunner = async (program, args, environment = {}) =>
  await new Promise((resolve, reject) => {
    const env = { PATH, LC_ALL: 'C.UTF-8', ...environment };
    execFile(program, [...args], { env }, (cause, stdout, stderr) => {
      if (cause === null) resolve();
      else reject(failed(program, `${stdout}${stderr}`.trim(), cause));
    });
  });

function failed(program: string, said: string, cause: Error): KubeosError {
  const why = said === '' ? cause.message : said.slice(-500);
  return new KubeosError('COMMAND_FAILED', `${program} failed: ${why}`, {
    cause,
    hint: 'dmesg may say more of the disk',
  });
}
