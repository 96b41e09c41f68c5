import { Transform } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { execa, ExecaError } from 'execa';
import { KubeosError } from '../../errors.ts';
import type { Command } from '../../host/commands.ts';
import { endsWithUs } from './ends-with-us.ts';

/** The prompt of login(1), or of an unconfigured getty. */
const LOGIN_PROMPT = /login: ?$/m;
const LAST_LINES = 10;

/** Runs the machine with this terminal as its serial console, until the guest or the person ends it. */
export async function runQemuHere(command: Command, signal: AbortSignal): Promise<void> {
  const { tool, args } = endsWithUs(command);
  await ended(execa(tool, args, { stdio: 'inherit', cancelSignal: signal }));
}

export interface LoginWait {
  /** Where the console is shown. */
  readonly output: NodeJS.WritableStream;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs the machine, shows what its console says, and stops it once it asks for a login.
 *
 * @throws KubeosError COMMAND_FAILED when it ends before that, TIMED_OUT with the last lines of its console when it
 *   does not get there in time, CANCELLED
 */
export async function runQemuUntilLogin(
  command: Command,
  { output, timeoutMs, signal }: LoginWait,
): Promise<void> {
  const found = new AbortController();
  const timeout = AbortSignal.timeout(timeoutMs);
  const { tool, args } = endsWithUs(command);
  const machine = execa(tool, args, {
    ...{ stdin: 'ignore', stderr: 'inherit', buffer: false },
    cancelSignal: AbortSignal.any([signal, found.signal, timeout]),
  });
  const console = watchConsole(() => found.abort());
  machine.stdout.pipe(console.stream).pipe(output, { end: false });
  await ended(machine);
  if (found.signal.aborted) return;
  if (signal.aborted) throw new KubeosError('CANCELLED', 'stopped while the machine ran');
  if (timeout.aborted) throw timedOut(timeoutMs, console.tail());
  throw new KubeosError('COMMAND_FAILED', 'the machine ended before it reached a login prompt', {
    hint: 'its console output is above; kubeos inspect IMAGE shows what is on the disk',
  });
}

function timedOut(timeoutMs: number, tail: string): KubeosError {
  // A console moves the cursor and clears lines; an error is read as lines.
  const lines = stripVTControlCharacters(tail)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '');
  const said =
    lines.length === 0
      ? 'its console said nothing'
      : `its console said last:\n${lines.slice(-LAST_LINES).join('\n')}`;
  return new KubeosError(
    'TIMED_OUT',
    `no login prompt after ${timeoutMs / 1000} s; the machine was stopped, ${said}`,
    { hint: 'a slow machine may need longer: --timeout MINUTES' },
  );
}

/** Passes bytes through and looks for the prompt in the text so far. */
function watchConsole(onPrompt: () => void): { stream: Transform; tail: () => string } {
  let tail = '';
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tail = (tail + chunk.toString('latin1')).slice(-4096);
      if (LOGIN_PROMPT.test(tail)) onPrompt();
      done(null, chunk);
    },
  });
  return { stream, tail: () => tail };
}

async function ended(machine: PromiseLike<unknown>): Promise<void> {
  try {
    await machine;
  } catch (error) {
    if (!(error instanceof ExecaError) || error.isCanceled) return;
    throw new KubeosError('COMMAND_FAILED', `QEMU ended: ${error.shortMessage}`, { cause: error });
  }
}
