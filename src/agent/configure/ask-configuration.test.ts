import { duplexPair, type Duplex } from 'node:stream';
import test from 'ava';
import { MessagePipe } from '../message-pipe.ts';
import { answerOrder } from './answer-order.ts';
import { askConfiguration } from './ask-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { testConfiguration, WIDE_POLICY } from './testing/test-host.ts';

const orderOf = (...keys: readonly string[]) => {
  const contents = keys.map((key) => ({ key, value: 10 }));
  return configureOrderSchema.parse({ models: [{ model: 'kernel.sysctl', contents }] });
};

/** What the other end of a connection does. */
const answeredBy = (answer: (socket: Duplex) => Promise<void>) => async (): Promise<Duplex> => {
  const [ours, theirs] = duplexPair();
  void answer(theirs);
  return await Promise.resolve(ours);
};

test('an order goes to the other process, and what came of it comes back', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const connect = answeredBy(async (socket) => await answerOrder(socket, node.parts));
  const change = { model: 'kernel.sysctl', key: 'vm.swappiness', before: '60', after: '10' };
  t.deepEqual(await askConfiguration(connect, orderOf('vm.swappiness')), {
    changes: [{ ...change, file: null }],
    restarted: [],
    dryRun: false,
  });
  const refused = askConfiguration(connect, orderOf('kernel.modprobe', 'kernel/core_pattern'));
  const error = await t.throwsAsync(refused, { code: 'SETTINGS_REFUSED' });
  t.like(error, { refusals: { 0: { rule: 'forbidden' }, 1: { rule: 'forbidden' }, length: 2 } });
  const why =
    'no policy may allow it: who sets it becomes root on the node; set it in the image, under sysctl';
  t.deepEqual(error?.message.split('\n'), [
    '2 settings are not taken, nothing has changed',
    `  kernel.sysctl "kernel.modprobe": ${why}`,
    `  kernel.sysctl "kernel/core_pattern": ${why}`,
  ]);
});

for (const [name, answer] of [
  ['ends without an answer', async (socket: Duplex) => void socket.end()],
  [
    'says something else',
    async (socket: Duplex) => await new MessagePipe(socket).send({ kind: 'done', result: 7 }),
  ],
] as const) {
  test(`a process that ${name} has not configured`, async (t) => {
    const asked = askConfiguration(answeredBy(answer), orderOf('vm.swappiness'));
    await t.throwsAsync(asked, { code: 'COMMAND_FAILED', message: /ended early/ });
  });
}
