import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { NO_NODE_ARGUMENTS, serialiseNodeArguments } from '../../disk/node-arguments.ts';
import { findArgumentTrial, withArguments } from './argument-trial.ts';
import { outcomeOf } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { testConfiguration, WIDE_POLICY, type TestConfiguration } from './testing/test-host.ts';

const order = (model: string, ...contents: readonly object[]) =>
  configureOrderSchema.parse({ models: [{ model, contents }] });

/** The same node, started with this command line. */
async function trialOf({ directory, parts }: TestConfiguration, commandLine: string) {
  const proc = path.join(directory, 'proc');
  await mkdir(proc, { recursive: true });
  await writeFile(path.join(proc, 'cmdline'), `${commandLine}\n`);
  return await findArgumentTrial({ proc, sys: '', dev: '' }, parts.host.openArguments);
}

/** What GRUB does before it boots with them: it takes one try off. */
async function takeTry(node: TestConfiguration): Promise<void> {
  const { A, B } = await argumentsOf(node);
  await using boot = await node.parts.host.openArguments();
  await boot.write({ A: { ...A, left: 1 }, B });
}

async function argumentsOf({ parts }: TestConfiguration) {
  await using boot = await parts.host.openArguments();
  return await boot.read();
}

test('arguments are set for the slot that runs, or for the other one, on trial; and taken out again', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const set = async (model: string, ...contents: readonly object[]) =>
    await outcomeOf(order(model, ...contents), node.parts);
  const current = await set('grub.cmdline.current', { key: 'nosmt' }, { key: 'x', value: '' });
  t.like(current, { kind: 'refused', refusals: { length: 1, 0: { key: 'nosmt', rule: 'value' } } });
  const both = [
    { key: 'nosmt', value: '' },
    { key: 'nvme_core.io_timeout', value: 30 },
  ];
  t.like(await set('grub.cmdline.current', ...both), {
    kind: 'done',
    result: { changes: { length: 2 } },
  });
  t.like(await set('grub.cmdline.current', ...both), {
    kind: 'done',
    result: { changes: { length: 0 } },
  });
  t.like(await set('grub.cmdline.next', { key: 'quiet', value: '' }), { kind: 'done' });
  t.deepEqual(await argumentsOf(node), {
    A: { words: ['nosmt', 'nvme_core.io_timeout=30'], left: 2 },
    B: { words: ['quiet'], left: 2 },
  });
  const changed = { key: 'nvme-core.io-timeout', value: 60 };
  t.like(await set('grub.cmdline.current', changed), { kind: 'done' });
  t.deepEqual((await argumentsOf(node)).A.words, ['nosmt', 'nvme-core.io-timeout=60']);
  const wrong = { key: 'nosmt', value: 'force', operation: 'delete' };
  t.like(await set('grub.cmdline.current', wrong), { kind: 'refused' });
  t.like(await set('grub.cmdline.next', { key: 'quiet', operation: 'delete' }), { kind: 'done' });
  t.deepEqual((await argumentsOf(node)).B, NO_NODE_ARGUMENTS.B);
});

test('what GRUB could not pass on, or has no room for, is refused', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const before = await node.snapshot();
  for (const value of ['a b', '"', '*', 'x'.repeat(250)]) {
    const outcome = await outcomeOf(order('grub.cmdline.next', { key: 'x', value }), node.parts);
    t.like(outcome, { kind: 'refused', refusals: { 0: { rule: 'value' } } }, value);
  }
  t.deepEqual(await node.snapshot(), before);
});

test('with the rest of an order that fails, arguments are as they were', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  await outcomeOf(order('grub.cmdline.current', { key: 'nosmt', value: '' }), node.parts);
  const before = await node.snapshot();
  const restartUnit = async () => await Promise.reject(new Error('no'));
  const models = [
    { model: 'grub.cmdline.current', contents: [{ key: 'x', value: 1 }] },
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 1 }] },
  ];
  const host = { ...node.parts.host, restartUnit };
  await outcomeOf(configureOrderSchema.parse({ models }), { ...node.parts, host });
  t.deepEqual(await node.snapshot(), before);
});

test('a healthy boot keeps the arguments, one that is not is followed by one without; the release is not blamed', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  await outcomeOf(order('grub.cmdline.current', { key: 'x', value: 1 }), node.parts);
  await takeTry(node);
  t.is(await trialOf(node, 'root=x kubeos.arguments=kept'), null);
  const trial = await trialOf(node, 'root=x x=1 kubeos.arguments=trial panic=10');
  const said: string[] = [];
  const verdicts = withArguments(trial, {
    isOnTrial: async () => await Promise.resolve(true),
    commit: async () => await Promise.resolve(said.push('commit') > 1),
    refuse: async () => void said.push('refuse'),
  });
  await verdicts.refuse({ code: 'UNHEALTHY', message: 'no' });
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1'], left: 0 });
  t.deepEqual(said, []);
  // Whoever asks for it again wants it tried again.
  await outcomeOf(order('grub.cmdline.current', { key: 'x', value: 1 }), node.parts);
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1'], left: 2 });
  await takeTry(node);
  t.false(await verdicts.commit(), 'the release was not');
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1'], left: 1 });
  t.true(await verdicts.commit());
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1'], left: 'ok' });
  t.deepEqual(said, ['commit', 'commit']);
  t.false(await trial?.isPending());
});

test('of arguments that were given up one is deleted, and the others are tried without it', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const set = async (...contents: readonly object[]) =>
    await outcomeOf(order('grub.cmdline.current', ...contents), node.parts);
  const giveUp = async () => {
    await using boot = await node.parts.host.openArguments();
    await boot.write({ ...NO_NODE_ARGUMENTS, A: { words: ['x=1', 'a_b'], left: 0 } });
  };
  await giveUp();
  t.like(await set({ key: 'nosmt', operation: 'delete' }), { result: { changes: { length: 0 } } });
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1', 'a_b'], left: 0 });
  t.like(await set({ key: 'a-b', operation: 'delete' }), { result: { changes: { length: 1 } } });
  t.deepEqual((await argumentsOf(node)).A, { words: ['x=1'], left: 2 });
  await giveUp();
  await set({ key: 'a_b', operation: 'delete' }, { key: 'x', operation: 'delete' });
  t.deepEqual((await argumentsOf(node)).A, NO_NODE_ARGUMENTS.A);
});

test('only what this boot has tried is judged by it: what was set or put back since is left as it is', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const trial = await trialOf(node, 'root=x x=1 kubeos.arguments=trial panic=10');
  for (const since of [
    { words: ['x=2'], left: 2 },
    { words: ['x=1'], left: 2 },
    { words: ['x=1', 'y'], left: 2 },
    { words: ['bad'], left: 0 },
    { words: [], left: 0 },
  ] as const) {
    await using boot = await node.parts.host.openArguments();
    await boot.write({ ...NO_NODE_ARGUMENTS, A: since });
    t.false(await trial?.isPending());
    await trial?.accept();
    t.deepEqual((await argumentsOf(node)).A, since);
    await trial?.drop();
    t.deepEqual((await argumentsOf(node)).A, since);
  }
});

test('a node whose disk has no place for them says so', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  await writeFile(path.join(node.directory, 'nodeargs'), serialiseNodeArguments(NO_NODE_ARGUMENTS));
  const openArguments = async () => await Promise.reject(new Error('none'));
  const host = { ...node.parts.host, openArguments };
  const asked = order('grub.cmdline.current', { key: 'x', value: 1 });
  t.like(await outcomeOf(asked, { ...node.parts, host }), { kind: 'failed', message: 'none' });
});
