import { duplexPair, type Duplex } from 'node:stream';
import test from 'ava';
import { MessagePipe } from '../message-pipe.ts';
import type { CheckResult } from './health-check.ts';
import { remoteLook } from './remote-look.ts';

const GOOD: CheckResult = {
  ...{ name: 'x', isGood: true, isRequired: true, blames: 'release', message: 'ok' },
};

/** The other side does this with its end. @returns how often it was connected to */
function connecting(serve: (pipe: MessagePipe) => Promise<void>) {
  let connections = 0;
  const connect = async (): Promise<Duplex> => {
    connections += 1;
    const [ours, theirs] = duplexPair();
    void serve(new MessagePipe(theirs)).catch(() => undefined);
    return ours;
  };
  return { connect, connections: () => connections };
}

test('one process looks as often as it is asked', async (t) => {
  const { connect, connections } = connecting(async (pipe) => {
    while ((await pipe.next()) !== null) await pipe.send([GOOD]);
  });
  using look = remoteLook(connect, 10_000);
  t.deepEqual(await look(), [GOOD]);
  t.deepEqual(await look(), [GOOD]);
  t.is(connections(), 1);
});

test('one that ends, says something else or cannot be asked has failed, and another is asked next', async (t) => {
  const ending = connecting(async (pipe) => {
    await pipe.next();
    pipe.close();
  });
  const lying = connecting(async (pipe) => {
    await pipe.next();
    await pipe.send([{ ...GOOD, isGood: 'yes' }]);
  });
  const connects = [
    ending.connect,
    lying.connect,
    async () => await Promise.reject<Duplex>(new Error('no socket')),
  ];
  using look = remoteLook(async () => await (connects.shift() ?? ending.connect)(), 10_000);
  for (const [message] of [[/ended early/], [/boolean/], [/no socket/], [/ended early/]] as const) {
    const [result] = await look();
    t.like(result, { isGood: false, isRequired: true });
    t.regex(result?.message ?? '', message);
  }
});

test('one that does not answer has failed in the end', async (t) => {
  const { connect } = connecting(async (pipe) => void (await pipe.next()));
  using look = remoteLook(connect, 50);
  const [result] = await look();
  t.false(result?.isGood);
});

test('a look is ended by who no longer wants it', async (t) => {
  const { connect } = connecting(async (pipe) => void (await pipe.next()));
  const look = remoteLook(connect, 60_000);
  const looking = look();
  setTimeout(() => look[Symbol.dispose](), 20);
  const [result] = await looking;
  t.false(result?.isGood);
});
