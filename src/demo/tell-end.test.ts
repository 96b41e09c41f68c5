import test from 'ava';
import type { KubeosError } from '../errors.ts';
import { tellEnd } from './tell-end.ts';

const watched = { name: 'node-1', log: '/demo/logs/node-1.log' };

test('a machine that ends by itself is told with the last lines of its console', async (t) => {
  const machine = { exited: Promise.resolve(1), serial: () => 'Kernel panic - not syncing' };
  const death = await new Promise<KubeosError>((resolve) => {
    tellEnd(machine, { ...watched, onDeath: resolve });
  });
  t.is(death.message, 'the machine node-1 has ended (exit code 1):\nKernel panic - not syncing');
  t.is(death.hint, 'its whole console is in /demo/logs/node-1.log');
});

test('the end of a machine that is disposed of is no death', async (t) => {
  const { promise: exited, resolve } = Promise.withResolvers<null>();
  const onDeath = (): void => t.fail();
  using telling = tellEnd({ exited, serial: () => '' }, { ...watched, onDeath });
  telling[Symbol.dispose]();
  resolve(null);
  await exited;
  t.pass();
});
