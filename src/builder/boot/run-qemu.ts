import { Transform } from 'node:stream';
import { execa, ExecaError } from 'execa';
import { KubeosError } from '../../errors.ts';
import type { Command } from '../../host/commands.ts';

/** The prompt of login(1), or of an unconfigured getty. */
const LOGIN_PROMPT = /login: ?$/m;

/** Runs the machine with this terminal as its serial console, until the guest or the person ends it. */
export async function runQemuHere(command: Command, signal: AbortSignal): Promise<void> {
  await ended(execa(command.tool, command.args, { stdio: 'inherit', cancelSignal: signal }));
}

/**
 * Runs the machine, shows what its console says, and stops it once it asks for a login.
 *
 * @throws KubeosError COMMAND_FAILED when it ends before that
 */
export async function runQemuUntilLogin(
  command: Command,
  output: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const found = new AbortController();
  const machine = execa(command.tool, command.args, {
    ...{ stdin: 'ignore', stderr: 'inherit', buffer: false },
    cancelSignal: AbortSignal.any([signal, found.signal]),
  });
  machine.stdout.pipe(watch(() => found.abort())).pipe(output, { end: false });
  await ended(machine);
  if (found.signal.aborted) return;
  throw new KubeosError('COMMAND_FAILED', 'the machine ended before it reached a login prompt', {
    hint: 'its console output is above; kubeos inspect IMAGE shows what is on the disk',
  });
}

/** Passes bytes through and looks for the prompt in the text so far. */
function watch(onPrompt: () => void): Transform {
  let tail = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tail = (tail + chunk.toString('latin1')).slice(-4096);
      if (LOGIN_PROMPT.test(tail)) onPrompt();
      done(null, chunk);
    },
  });
}

async function ended(machine: PromiseLike<unknown>): Promise<void> {
  try {
    await machine;
  } catch (error) {
    if (!(error instanceof ExecaError) || error.isCanceled) return;
    throw new KubeosError('COMMAND_FAILED', `QEMU ended: ${error.shortMessage}`, { cause: error });
  }
}
