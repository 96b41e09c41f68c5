import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { answeringApi } from '../../kube/testing/answering-api.ts';
import { StepWriter } from './step-writer.ts';

test('a server that asks for a while gets no write in it, and every write after it', async (t) => {
  let asked = 0;
  await using server = await answeringApi(() => {
    asked += 1;
    return asked === 1 ? { status: 429, headers: { 'Retry-After': '5' } } : {};
  });
  const said: string[] = [];
  const nothing = Promise.resolve();
  const kept = {
    ...{ objects: new Map(), listed: nothing, ended: nothing },
    remember: () => undefined,
  };
  const writer = new StepWriter({
    ...{ api: server.api, cluster: { nodes: kept, instances: kept } },
    ...{ drains: { force: () => undefined }, drainBy: 'operator' },
    ...{ log: (line) => said.push(line), signal: new AbortController().signal },
  });
  const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
  const write = async (): Promise<boolean> =>
    await writer.isDone('n1', async () => await writer.apply({ to: 'node', object }));
  t.deepEqual([await write(), await write(), await write()], [false, false, false]);
  t.is(asked, 1);
  t.is(said.length, 1);
  await sleep(5100);
  t.deepEqual([await write(), await write()], [true, true]);
});
