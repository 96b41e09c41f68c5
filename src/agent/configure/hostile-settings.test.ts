import { readFile } from 'node:fs/promises';
import test from 'ava';
import { z } from 'zod';
import { outcomeOf } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { testConfiguration, WIDE_POLICY } from './testing/test-host.ts';

const file = new URL('../../../fixtures/configuration/hostile-settings.json', import.meta.url);
const caseSchema = z.strictObject({ name: z.string(), rule: z.string(), models: z.unknown() });
const CASES = z.array(caseSchema).parse(JSON.parse(await readFile(file, 'utf8')));

test('there are forty of them and more', (t) => {
  t.true(CASES.length >= 40);
});

for (const { name, rule, models } of CASES) {
  test(`refused whatever a policy allows: ${name}`, async (t) => {
    await using node = await testConfiguration(WIDE_POLICY);
    const before = await node.snapshot();
    const order = configureOrderSchema.parse({ models });
    const outcome = await outcomeOf(order, node.parts);
    if (outcome.kind !== 'refused') {
      t.fail(JSON.stringify(outcome));
      return;
    }
    t.true(
      outcome.refusals.some((refusal) => refusal.rule === rule),
      JSON.stringify(outcome),
    );
    for (const { message, remedy } of outcome.refusals) {
      t.regex(message, /^[\x20-\x7e…]+$/);
      t.regex(remedy, /^[\x20-\x7e]{5,}$/);
    }
    t.deepEqual(await node.snapshot(), before);
    t.deepEqual(node.restarts, []);
  });
}

test('all that is against an order is said at once, and what is good in it is not done', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const before = await node.snapshot();
  const good = { model: 'kernel.sysctl', contents: [{ key: 'vm.swappiness', value: 10 }] };
  const models = [good, ...CASES.slice(0, 20).flatMap((one) => one.models)];
  const outcome = await outcomeOf(configureOrderSchema.parse({ models }), node.parts);
  t.like(outcome, { kind: 'refused', refusals: { length: 20 } });
  t.deepEqual(await node.snapshot(), before);
});

const ELSEWHERE: readonly (readonly [string, unknown])[] = [
  ['a model that is none', [{ model: 'ssh', contents: [{ key: 'x', value: 1 }] }]],
  [
    'an operation that is none',
    [contents({ key: 'vm.swappiness', value: 1, operation: 'append' })],
  ],
  ['a key too long', [contents({ key: 'v'.repeat(300), value: 1 })]],
  ['a value too long', [contents({ key: 'vm.swappiness', value: '1'.repeat(70_000) })]],
  ['an object for a value', [contents({ key: 'vm.swappiness', value: { toString: 'x' } })]],
  ['a word more', [{ ...contents({ key: 'vm.swappiness', value: 1 }), path: '/etc/shadow' }]],
  ['nothing', []],
];

function contents(content: object) {
  return { model: 'kernel.sysctl', contents: [content] };
}

for (const [name, models] of ELSEWHERE) {
  test(`not even looked at: ${name}`, (t) => {
    t.false(configureOrderSchema.safeParse({ models }).success);
  });
}
