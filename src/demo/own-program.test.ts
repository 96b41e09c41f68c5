import { mkdir, mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import type { KubeosError } from '../errors.ts';
import { freePort, isListening } from './control-plane/free-port.ts';
import { Narrator } from './narrator.ts';
import { oversee } from './oversight.ts';
import { ownProgram } from './own-program.ts';

/** What says and runs, in a folder with an empty one for logs. */
async function scene(stop = new AbortController().signal) {
  const dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-own-program-'));
  const logs = path.join(dir.path, 'logs');
  await mkdir(logs);
  const oversight = oversee(stop, logs);
  const output = new PassThrough({ encoding: 'utf8' });
  const narrator = new Narrator(output, oversight.signal);
  const say = (line: string): void => narrator.say(line);
  const kubeos = ownProgram({ folder: dir.path, oversight, say, environment: {} });
  return {
    ...{ oversight, narrator, kubeos, logs, said: () => String(output.read() ?? '') },
    [Symbol.asyncDispose]: async () => await dir[Symbol.asyncDispose](),
  };
}

test('a command is shown as it is typed, its step has its time, and what is made is in the folder', async (t) => {
  await using on = await scene();
  await on.narrator.step('A definition', async () => await on.kubeos.run(['init', 'first image']));
  t.regex(on.said(), /^\n── \S.* ── A definition\n\$ kubeos init 'first image'\n$/);
  t.deepEqual(
    on.narrator.steps.map(({ title }) => title),
    ['A definition'],
  );
});

test('a command that fails says where more is', async (t) => {
  await using on = await scene();
  const failing = on.kubeos.run(['inspect', 'nothing.raw']);
  const error: KubeosError = await t.throwsAsync(failing, { code: 'COMMAND_FAILED' });
  t.regex(error.message, /^kubeos inspect ended with \d+$/);
  t.true(error.hint?.includes(`what servers and machines said is in ${on.logs}`));
});

test('a command that is stopped ends, and so does the step that waits for it', async (t) => {
  const stop = new AbortController();
  await using on = await scene(stop.signal);
  const port = await freePort();
  const serve = ['serve', '.', '--listen', `127.0.0.1:${port}`];
  const step = on.narrator.step('For ever', async () => await on.kubeos.run(serve));
  while (!(await isListening(port)));
  stop.abort('SIGINT');
  t.is(await step.catch((reason: unknown) => reason), 'SIGINT');
  t.false(await isListening(port));
  t.deepEqual(on.narrator.steps, []);
});

test('what goes on beside is there when it answers, and gone when it is disposed of', async (t) => {
  await using on = await scene();
  const port = await freePort();
  const serve = ['serve', '.', '--listen', `127.0.0.1:${port}`];
  const server = await on.kubeos.serve(serve, port);
  t.true(await isListening(port));
  await server[Symbol.asyncDispose]();
  t.false(await isListening(port));
  t.false(on.oversight.signal.aborted);
});

test('what cannot go on beside is told with its words, and ends what would wait for it', async (t) => {
  await using on = await scene();
  const starting = on.kubeos.serve(['serve'], await freePort());
  const error = await t.throwsAsync(starting);
  const death = on.oversight.causeOf(error) as KubeosError;
  t.regex(death.message, /^kubeos-serve has ended \(2\):\nkubeos: expected kubeos serve/);
  t.is(on.oversight.signal.reason, death);
  t.regex(await readFile(path.join(on.logs, 'kubeos-serve.log'), 'utf8'), /expected/);
});
