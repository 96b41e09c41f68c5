import { PassThrough } from 'node:stream';
import test from 'ava';
import type { StepRunner } from '../builder/build/step.ts';
import { showSteps } from './show-steps.ts';

async function shown(
  kind: 'lines' | 'events',
  recipe: (step: StepRunner) => Promise<unknown>,
): Promise<string> {
  const stderr = new PassThrough();
  let text = '';
  stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await showSteps({ kind, stderr: stderr as unknown as NodeJS.WriteStream }, recipe).catch(
    () => undefined,
  );
  return text;
}

test('lines name each step, what it says, and those that had nothing to do', async (t) => {
  const text = await shown('lines', async (step) => {
    await step('resolve', async (report) => report('from the lockfile'));
    await step('tree', async () => undefined);
  });
  t.regex(text, /Resolve the base to digests/);
  t.regex(text, /from the lockfile/);
  t.regex(text, /Install the root file system: nothing to do/);
  t.regex(text, /Prepare it as a read-only OS \(\d+\.\d s\)/);
});

test('events are JSON lines, the failed step among them', async (t) => {
  const text = await shown('events', async (step) => {
    await step('check', async () => {
      throw new Error('no sgdisk');
    });
  });
  const events = text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  t.like(events[0], { event: 'start', step: 'check', title: 'Check this host' });
  t.like(events[1], { event: 'failed', step: 'check', message: 'Error: no sgdisk' });
});

test('the recipe’s result and its first error are passed on', async (t) => {
  t.is(await showSteps({ kind: 'quiet' }, async (step) => await step('root', async () => 7)), 7);
  const failing = showSteps({ kind: 'quiet' }, async (step) => {
    await step('root', async () => {
      throw new TypeError('first');
    });
  });
  await t.throwsAsync(failing, { instanceOf: TypeError, message: 'first' });
});
