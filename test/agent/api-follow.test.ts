import test from 'ava';
import { followEvents } from '../../src/agent/api/follow-events.ts';
import { ask, CLOCK, send, serve, two } from './api-scene.ts';

test('a key makes a repeated request the same request', async (t) => {
  await using served = await serve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { done } = served.agent.operations.start('commit', null, async () => await promise);
  const keyed = async (key: string, path: string) =>
    await send(served.sockets.admin, `POST ${path}`, { headers: { 'idempotency-key': key } });
  t.is((await keyed('first', '/v1/rollback')).status, 409, 'busy: it was not begun');
  resolve();
  await done;
  const restarts = [await keyed('second', '/v1/reboot'), await keyed('second', '/v1/reboot')];
  t.deepEqual(
    restarts.map(({ status }) => status),
    [202, 202],
  );
  t.is(served.restarts.length, 1);
  t.is((await keyed('second', '/v1/commit')).status, 422);
  t.is((await keyed('first', '/v1/commit')).status, 200);
  t.is((await keyed('with space', '/v1/commit')).status, 400);
});

test('a restart names the boot that it ends, and the cluster asks for it once', async (t) => {
  await using served = await serve();
  const { admin, proxy } = served.sockets;
  const restart = async (socket: string, bootId: string) =>
    (await ask(socket, 'POST /v1/reboot', JSON.stringify({ bootId }))).status;
  t.is(await restart(proxy, CLOCK.bootId), 409, 'nothing is activated');
  await served.agent.activate(two.verified.digest).done;
  t.is(await restart(proxy, CLOCK.bootId), 202);
  t.is(await restart(proxy, 'the boot before'), 409);
  t.is(await restart(admin, 'the boot before'), 409);
  t.is(served.restarts.length, 1);
});

test('events tell the status first, and then what happens', async (t) => {
  await using served = await serve();
  const end = new AbortController();
  const events = followEvents(served.agent, end.signal);
  const next = async (): Promise<unknown> => (await events.next()).value;
  t.like(await next(), { event: 'status', status: { booted: 'A', last: null } });
  await served.agent.activate(two.verified.digest).done;
  t.like(await next(), { event: 'operation', operation: { kind: 'activate' } });
  t.like(await next(), { event: 'result', result: { kind: 'activate', outcome: 'done' } });
  t.like(await next(), { event: 'status', status: { next: { slot: 'B', isTrial: true } } });
  end.abort();
  t.true((await events.next()).done);
});

test('metrics are what Prometheus reads', async (t) => {
  await using served = await serve();
  await served.agent.activate(two.verified.digest).done;
  const { body } = await ask(served.sockets.proxy, 'GET /metrics');
  t.regex(body, /^kubeos_agent_slot_state\{slot="B",state="trial"\} 1$/m);
  t.regex(body, /^kubeos_agent_slot_tries_left\{slot="B"\} 3$/m);
  t.regex(body, /^kubeos_agent_operations_total\{kind="activate",outcome="done"\} 1$/m);
});

test('who follows events leaves connections for who asks', async (t) => {
  await using served = await serve();
  const end = new AbortController();
  for (let count = 0; count < 8; count += 1) served.agent.events.read(end.signal);
  t.is((await ask(served.sockets.admin, 'GET /v1/events')).status, 503);
  end.abort();
  t.is((await ask(served.sockets.admin, 'GET /v1/events')).status, 200);
});
