import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { KubeosError } from '../errors.ts';
import type { Commands } from './commands.ts';
import { hostCommands } from './run-commands.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('output, input and exit code are the command’s own', async (t) => {
  const script = 'cat; echo said >&2; test ! -e /proc/self/fd/3 && exit 7';
  const command = { tool: 'sh', args: ['-c', script], input: 'given\n', successCodes: [7] };
  t.deepEqual(await commands.run(command), { stdout: 'given\n', stderr: 'said\n', exitCode: 7 });
});

test('a command that fails is told with its last lines', async (t) => {
  const failing = commands.run({ tool: 'sh', args: ['-c', 'echo so; kill -TERM $$'] });
  const error = await t.throwsAsync(failing, { code: 'COMMAND_FAILED' });
  t.regex(error.message, /^sh was ended by SIGTERM\n.*\nso$/s);
});

test('a log is named where there is one, and a full disk says what to do in any command', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-run-'));
  const { signal } = new AbortController();
  const logged = hostCommands({ signal, logFile: path.join(directory.path, 'build.log') });
  const hintOf = async (by: Commands, said: string): Promise<string | undefined> => {
    const failing = by.run({ tool: 'sh', args: ['-c', `echo ${said}; exit 1`] });
    return (await t.throwsAsync(failing, { instanceOf: KubeosError })).hint;
  };
  t.regex((await hintOf(logged, 'so')) ?? '', /; build\.log in the output folder has them all$/);
  t.is(await hintOf(commands, 'so'), undefined);
  t.regex((await hintOf(commands, 'No space left on device')) ?? '', /^free some space/);
});

/** It starts another process that would keep its output open. */
const parentOf = (mark: string) => ({
  tool: 'sh',
  args: ['-c', `sleep ${mark} & echo started; wait`],
});

test('what is stopped ends with everything that it started', async (t) => {
  const controller = new AbortController();
  const mark = markOf(1);
  const stopped = hostCommands({ signal: controller.signal }).run(parentOf(mark));
  while ((await processesWith(mark)).length < 2) await sleep(10);
  controller.abort();
  await t.throwsAsync(stopped, { code: 'CANCELLED' });
  await untilNone(mark);
  t.deepEqual(await processesWith(mark), []);
});

test('what a command leaves running ends with it', async (t) => {
  const mark = markOf(2);
  await commands.run({ tool: 'sh', args: ['-c', `sleep ${mark} & exit 0`] });
  await untilNone(mark);
  t.deepEqual(await processesWith(mark), []);
});

test('when the caller is killed, all of it is killed', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-run-'));
  const mark = markOf(3);
  const program = `
    import { hostCommands } from '${import.meta.resolve('./run-commands.ts')}';
    await hostCommands({ signal: new AbortController().signal }).run(${JSON.stringify(parentOf(mark))});`;
  const args = ['--input-type=module', '--eval', program];
  const caller = spawn(process.execPath, args, { cwd: directory.path, stdio: 'ignore' });
  while ((await processesWith(`sleep\0${mark}\0`)).length === 0) await sleep(10);
  caller.kill('SIGKILL');
  await once(caller, 'exit');
  await untilNone(mark);
  t.deepEqual(await processesWith(mark), []);
});

/** The kernel ends them an instant after the one that is waited for. */
async function untilNone(mark: string): Promise<void> {
  const untilMs = Date.now() + 120_000;
  while ((await processesWith(mark)).length > 0 && Date.now() < untilMs) await sleep(10);
}

/** A time to sleep that no other process has on its command line. */
function markOf(test: number): string {
  return `${process.pid}${test}.5`;
}

/** Command lines of other processes. */
async function processesWith(mark: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((id) => /^\d+$/.test(id));
  const lines = await Promise.all(
    ids.map(async (id) => await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(mark));
}
