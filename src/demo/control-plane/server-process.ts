import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { locateProgram, type Program } from './programs.ts';

export interface ServerProcess extends AsyncDisposable {
  /** Throws, with its last words, where it has ended by itself. */
  readonly assertAlive: () => Promise<void>;
  /** Until it has ended. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

const LAST_CHARACTERS = 4000;

/** Starts a server that writes to `<program>.log` in the folder; disposing of it kills it, as does the end of this process. */
export async function startServer(
  program: Program,
  args: readonly string[],
  folder: string,
): Promise<ServerProcess> {
  const logFile = path.join(folder, `${program}.log`);
  await using log = await open(logFile, 'a');
  // The kernel ends it with this process, however that dies (prctl(2) PR_SET_PDEATHSIG).
  const guard = ['--pdeathsig', 'KILL', '--', await locateProgram(program)];
  const child = spawn('setpriv', [...guard, ...args], {
    stdio: ['ignore', log.fd, log.fd],
    cwd: folder,
  });
  const ended = once(child, 'close');
  const end: ServerProcess['end'] = async (signal) => {
    child.kill(signal);
    await ended;
  };
  return {
    assertAlive: async () => {
      if (child.exitCode === null && child.signalCode === null) return;
      const said = (await readFile(logFile, 'utf8')).slice(-LAST_CHARACTERS);
      const how = child.signalCode ?? child.exitCode;
      throw new KubeosError('COMMAND_FAILED', `${program} has ended (${how}):\n${said}`);
    },
    end,
    [Symbol.asyncDispose]: async () => await end('SIGKILL'),
  };
}
