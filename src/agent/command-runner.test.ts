import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { readCommand } from './command-runner.ts';

const shell = async (script: string, timeoutMs = 20_000) =>
  await readCommand('/bin/sh', ['-c', script], { timeoutMs });

test('a program that says much is not ended for it, and the end of it is kept', async (t) => {
  const { exitCode, stdout } = await shell(
    'head -c 200000 /dev/zero | tr "\\0" x; echo; echo last',
  );
  t.is(exitCode, 0);
  t.regex(stdout, /x\nlast\n$/);
  t.true(stdout.length <= 2 ** 16);
});

test('a program that waits for somebody to say something finds nobody there', async (t) => {
  t.deepEqual(await shell('cat; echo end'), { exitCode: 0, stdout: 'end\n' });
});

test('time is limited, also for what a program has left behind', async (t) => {
  t.is((await shell('sleep 20', 200)).exitCode, null);
  t.deepEqual(await shell('sleep 60 & echo said', 10_000), { exitCode: 0, stdout: 'said\n' });
});

test('a program that is not there has no exit code', async (t) => {
  t.deepEqual(await readCommand('/no/program', []), { exitCode: null, stdout: '' });
});

test('what a hook of the image says of errors is in the log of its unit', async (t) => {
  const hooks = new URL('persist/image-hooks.ts', import.meta.url).href;
  const script = `const { imageHooks } = await import(${JSON.stringify(hooks)});
    await imageHooks('/').run('/bin/sh', ['-c', 'echo why >&2; exit 1']).catch(() => {});`;
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', script]);
  t.is(stderr, 'why\n');
});
