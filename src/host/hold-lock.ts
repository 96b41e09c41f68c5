import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { KubeosError } from '../errors.ts';
import { locateTool } from './run-commands.ts';

const HELD_ELSEWHERE = 75;

/**
 * Locks a directory until it is disposed of; undefined when somebody else holds it.
 *
 * It is flock(2), so the kernel lets go of it when this process ends, however that happens, and everybody on this
 * machine sees it, also from other containers: nobody has to judge by a process id or an age whether its holder
 * lives. Node cannot call flock. util-linux's program takes the lock and then becomes `cat`, which ends with the
 * pipe from here.
 *
 * @throws KubeosError HOST_NOT_READY where the file system knows no locks
 */
export async function holdLock(directory: string): Promise<AsyncDisposable | undefined> {
  const conflict = `--conflict-exit-code=${HELD_ELSEWHERE}`;
  const args = ['--nonblock', '--no-fork', conflict, `${directory}/`, 'cat'];
  // In a session of its own: Ctrl-C on a terminal must not take the lock from a build that still cleans up.
  const holder = spawn(await locateTool('flock'), args, { stdio: 'pipe', detached: true });
  const complaint = text(holder.stderr);
  const ended = once(holder, 'close');
  holder.stdin.on('error', () => undefined);
  holder.stdin.write('\n');
  const echoed = once(holder.stdout, 'data').then(() => true);
  if (await Promise.race([echoed, ended.then(() => false)])) {
    return {
      [Symbol.asyncDispose]: async () => {
        holder.stdin.end();
        await ended;
      },
    };
  }
  if (holder.exitCode === HELD_ELSEWHERE) return undefined;
  throw new KubeosError('HOST_NOT_READY', `cannot lock ${directory}: ${await complaint}`, {
    hint: 'choose a folder on a file system of this machine',
  });
}
