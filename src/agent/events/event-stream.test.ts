import test from 'ava';
import { setImmediate as turn } from 'node:timers/promises';
import type { Operation } from '../operations/operation.ts';
import type { AgentEvent } from './agent-event.ts';
import { EventStream } from './event-stream.ts';

const at = (id: number, blocksDone: number, phase = 'writing'): AgentEvent => {
  const operation: Operation = {
    ...{ id, kind: 'prepare', release: null, since: '2026-01-01T00:00:00Z', phase },
    ...{ progress: { blocks: 100, blocksDone }, bytesTransferred: 0, etaSeconds: null },
  };
  return { event: 'operation', operation };
};

test('two readers hear the same, in order, until they go', async (t) => {
  const stream = new EventStream();
  const [one, other] = [new AbortController(), new AbortController()];
  const heard: AgentEvent[][] = [[], []];
  const readers = [one, other].map(async ({ signal }, index) => {
    for await (const event of stream.read(signal)) heard[index]?.push(event);
  });
  await turn();
  stream.emit(at(1, 0));
  await turn();
  stream.emit(at(1, 1));
  await turn();
  one.abort();
  stream.emit({ event: 'alive' });
  await turn();
  other.abort();
  await Promise.all(readers);
  t.deepEqual(heard[0], [at(1, 0), at(1, 1)]);
  t.deepEqual(heard[1], [at(1, 0), at(1, 1), { event: 'alive' }]);
});

test('a slow reader is told the newest progress only, and every phase', async (t) => {
  const stream = new EventStream();
  const end = new AbortController();
  const reading = stream.read(end.signal)[Symbol.asyncIterator]();
  const first = reading.next();
  await turn();
  for (let done = 0; done < 1000; done += 1) stream.emit(at(1, done));
  stream.emit(at(1, 1000, 'reading-back'));
  t.deepEqual((await first).value, at(1, 999));
  t.deepEqual((await reading.next()).value, at(1, 1000, 'reading-back'));
  end.abort();
  t.true((await reading.next()).done);
});

test('a reader that does not read is let go, and holds no memory', async (t) => {
  const stream = new EventStream();
  const reading = stream.read(new AbortController().signal)[Symbol.asyncIterator]();
  const first = reading.next();
  await turn();
  stream.emit(at(0, 0));
  t.deepEqual((await first).value, at(0, 0));
  for (let id = 1; id < 1000; id += 1) stream.emit(at(id, 0));
  t.true((await reading.next()).done);
});
