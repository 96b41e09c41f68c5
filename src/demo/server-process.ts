import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../errors.ts';
import type { Oversight } from './oversight.ts';

export interface Server {
  readonly name: string;
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** Its working directory. */
  readonly folder: string;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ServerProcess extends AsyncDisposable {
  /** Throws, with its last words, where it has ended by itself. */
  readonly assertAlive: () => void;
  /** Until it has ended. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

const LAST_CHARACTERS = 4000;

/** Starts a server that writes to `<name>.log`; disposing of it kills it, as does the end of this process. */
export async function startServer(
  server: Server,
  { signal, logs = server.folder, onDeath }: Oversight,
): Promise<ServerProcess> {
  signal.throwIfAborted();
  const logFile = path.join(logs, `${server.name}.log`);
  await using log = await open(logFile, 'a');
  // The kernel ends it with this process, however that dies (prctl(2) PR_SET_PDEATHSIG).
  const guard = ['--pdeathsig', 'KILL', '--', server.program];
  const child = spawn('setpriv', [...guard, ...server.args], {
    ...{ stdio: ['ignore', log.fd, log.fd], cwd: server.folder },
    env: { ...process.env, ...server.environment },
    // In a session of its own: Ctrl-C on a terminal would end it under whoever still asks something of it.
    detached: true,
  });
  const ended = once(child, 'close');
  let death: KubeosError | undefined;
  let isWanted = true;
  child.once('close', () => {
    if (!isWanted) return;
    death = deathOf(server.name, child.signalCode ?? child.exitCode, logFile);
    onDeath(death);
  });
  const end: ServerProcess['end'] = async (by) => {
    isWanted = false;
    child.kill(by);
    await ended;
  };
  return {
    assertAlive: () => {
      if (death !== undefined) throw death;
    },
    end,
    [Symbol.asyncDispose]: async () => await end('SIGKILL'),
  };
}

function deathOf(name: string, how: string | number | null, logFile: string): KubeosError {
  const said = readFileSync(logFile, 'utf8').slice(-LAST_CHARACTERS).trimEnd();
  const words = said === '' ? ', and said nothing' : `:\n${said}`;
  return new KubeosError('COMMAND_FAILED', `${name} has ended (${how})${words}`, {
    hint: `all that it said is in ${logFile}`,
  });
}
