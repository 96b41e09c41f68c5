import { mkdtempDisposable } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import test from 'ava';
import { Agent } from '../../src/agent/agent.ts';
import { ROUTES, type Role } from '../../src/agent/api/routes.ts';
import { serveSocket } from '../../src/agent/api/serve-socket.ts';
import { cancel } from '../../src/agent/cli/switch-commands.ts';
import { askAgent } from '../../src/agent/client/ask-agent.ts';
import { settleState } from '../../src/agent/slots/save-state.ts';
import { virtualDisk } from '../../src/agent/testing/virtual-disk.ts';
import { ask, CLOCK, serve, two } from './api-scene.ts';

const SETTINGS =
  '{"models":[{"model":"kernel.sysctl","contents":[{"key":"vm.swappiness","value":1}]}]}';
const FORBIDDEN = SETTINGS.replace('vm.swappiness', 'kernel.core_pattern');
const RELEASE = JSON.stringify({ release: two.verified.digest });

/** What each call answers on each socket. */
const MATRIX: readonly (readonly [string, string, string | undefined, Record<Role, number>])[] = [
  ['GET', '/v1/status', undefined, { admin: 200, proxy: 200 }],
  ['GET', '/v1/events', undefined, { admin: 200, proxy: 200 }],
  ['GET', '/metrics', undefined, { admin: 200, proxy: 200 }],
  ['POST', '/v1/plan', RELEASE, { admin: 400, proxy: 400 }],
  ['GET', '/healthz', undefined, { admin: 200, proxy: 200 }],
  ['POST', '/v1/prepare', RELEASE, { admin: 202, proxy: 202 }],
  ['POST', '/v1/activate', RELEASE, { admin: 200, proxy: 200 }],
  ['POST', '/v1/commit', undefined, { admin: 200, proxy: 200 }],
  ['POST', '/v1/rollback', undefined, { admin: 409, proxy: 409 }],
  ['POST', '/v1/reboot', undefined, { admin: 202, proxy: 409 }],
  ['POST', '/v1/configure', SETTINGS, { admin: 200, proxy: 200 }],
  ['POST', '/v1/grub/retry', undefined, { admin: 200, proxy: 403 }],
  ['DELETE', '/v1/activation', undefined, { admin: 200, proxy: 403 }],
  ['DELETE', '/v1/operation', undefined, { admin: 200, proxy: 200 }],
];

test('every call of the API is in the matrix of roles', (t) => {
  const listed = MATRIX.map(([method, url]) => `${method} ${url}`);
  t.deepEqual(
    listed.toSorted(),
    ROUTES.map(({ method, path: url }) => `${method} ${url}`).toSorted(),
  );
});

for (const [method, url, body, expected] of MATRIX) {
  for (const role of ['admin', 'proxy'] as const) {
    test(`${role} asks for ${method} ${url}`, async (t) => {
      await using served = await serve();
      const before = structuredClone(served.content);
      const answer = await ask(served.sockets[role], `${method} ${url}`, body);
      t.is(answer.status, expected[role], answer.body);
      if (url === '/metrics') t.regex(answer.body, /component="agent",version="0\.1\.0"/);
      else t.like(JSON.parse(answer.body), { agentVersion: '0.1.0' });
      if (answer.status === 403) t.deepEqual(structuredClone(served.content), before);
    });
  }
}

test('the cluster names releases by digest, and overrides no refusal but that of a failed release', async (t) => {
  await using served = await serve();
  for (const body of [
    { release: '2.0.0' },
    { release: two.verified.digest, allowOlder: true },
    { release: two.verified.digest, url: 'http://elsewhere/' },
  ]) {
    const { status } = await ask(served.sockets.proxy, 'POST /v1/prepare', JSON.stringify(body));
    t.is(status, 400, JSON.stringify(body));
  }
  const again = JSON.stringify({ release: two.verified.digest, allowFailed: true });
  t.is((await ask(served.sockets.proxy, 'POST /v1/prepare', again)).status, 202);
});

test('the cluster does not commit what the health gate has not passed; root may', async (t) => {
  await using served = await serve();
  await served.agent.activate(two.verified.digest).done;
  const onTrial = virtualDisk(served.content, 'B');
  const clock = { ...CLOCK, bootId: 'the-next-boot' };
  const agent = new Agent({ ...served.parts, disk: onTrial, clock });
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-api-');
  const socket = path.join(dir.path, 'x/s');
  for (const [role, status] of [
    ['proxy', 409],
    ['admin', 200],
  ] as const) {
    await using _ = await serveSocket(agent, { role, socket, mode: 0o700 });
    t.is((await ask(socket, 'POST /v1/commit')).status, status, role);
  }
});

test('the cluster commits what the health gate has passed, and is left time for it by its own activation', async (t) => {
  await using served = await serve();
  const order = JSON.stringify({ release: two.verified.digest, holdCommitSeconds: 600 });
  t.is((await ask(served.sockets.proxy, 'POST /v1/activate', order)).status, 200);
  const disk = virtualDisk(served.content, 'B');
  const clock = { ...CLOCK, bootId: 'the-next-boot' };
  const agent = new Agent({ ...served.parts, disk, clock });
  t.is((await settleState(disk, clock)).records.B.holdSeconds, 600);
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-api-');
  const socket = path.join(dir.path, 'x/s');
  await using _ = await serveSocket(agent, { role: 'proxy', socket, mode: 0o700 });
  agent.noteTrial([], '2026-01-01T00:10:00.000Z');
  t.is((await ask(socket, 'POST /v1/commit')).status, 200);
  t.like((await settleState(disk, clock)).records.B, { state: 'good', holdSeconds: undefined });
});

test('one operation at a time; the second is told the first', async (t) => {
  await using served = await serve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { done } = served.agent.operations.start('commit', null, async () => await promise);
  const second = await ask(served.sockets.admin, 'POST /v1/activate', RELEASE);
  t.is(second.status, 409);
  t.like(JSON.parse(second.body), { code: 'REFUSED', remedy: 'wait for its end, or cancel it' });
  t.is((await ask(served.sockets.admin, 'GET /v1/status')).status, 200);
  resolve();
  await done;
  t.is((await ask(served.sockets.admin, 'POST /v1/activate', RELEASE)).status, 200);
});

for (const [kind, said] of [
  ['prepare', /^prepare is being stopped$/m],
  ['rollback', /^rollback cannot be stopped: when it has ended, the same command takes it back$/m],
  ['configure', /^configure cannot be stopped$/m],
] as const) {
  test(`who cancels is told what becomes of ${kind}`, async (t) => {
    await using served = await serve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { done } = served.agent.operations.start(kind, null, async () => await promise);
    t.regex((await cancel({ socket: served.sockets.admin })).text, said);
    resolve();
    await done;
  });
}

test('what fails later is told by status, with what to do', async (t) => {
  await using served = await serve();
  await ask(served.sockets.admin, 'POST /v1/prepare', JSON.stringify({ release: 'stable' }));
  await served.agent.operations.idle();
  const { body } = await ask(served.sockets.admin, 'GET /v1/status');
  t.like(JSON.parse(body), {
    last: { kind: 'prepare', outcome: 'failed', error: { code: 'USAGE' } },
  });
});

const HOSTILE: readonly (readonly [string, string, string, string | undefined, number])[] = [
  ['another path', 'GET', '/v1/disk', undefined, 404],
  ['a path that climbs', 'GET', '/v1/../v1/status', undefined, 404],
  ['a query', 'GET', '/v1/status?x=1', undefined, 404],
  ['another method', 'PUT', '/v1/status', undefined, 405],
  ['no JSON', 'POST', '/v1/activate', '{', 400],
  [
    'a prototype',
    'POST',
    '/v1/activate',
    '{"__proto__":{"release":"x"},"release":"sha256:x"}',
    400,
  ],
  ['a number', 'POST', '/v1/activate', '1', 400],
  ['nothing', 'POST', '/v1/activate', undefined, 400],
  ['a body without end', 'POST', '/v1/activate', ' '.repeat(70_000), 400],
  ['settings of no model', 'POST', '/v1/configure', '{"models":[{"model":"ssh"}]}', 400],
  ['a setting that makes root', 'POST', '/v1/configure', FORBIDDEN, 422],
  ['a word for nothing', 'POST', '/v1/commit', '{"force":true}', 400],
];

for (const [name, method, url, body, expected] of HOSTILE) {
  test(`${name} is refused, and nothing is changed`, async (t) => {
    await using served = await serve();
    const before = structuredClone(served.content);
    const { status, body: said } = await ask(served.sockets.proxy, `${method} ${url}`, body);
    t.is(status, expected, said);
    t.deepEqual(structuredClone(served.content), before);
  });
}

async function open(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('clients that say nothing, or too much, are closed and delay nobody', async (t) => {
  await using served = await serve();
  const { admin } = served.sockets;
  const silent = await Promise.all(Array.from({ length: 10 }, async () => await open(admin)));
  t.is((await ask(admin, 'GET /healthz')).status, 200);
  const ended = Promise.all(
    silent.map(async (socket) => void (await once(socket.resume(), 'close'))),
  );
  const long = await open(admin);
  long.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(10_000)}\r\n\r\n`);
  const [answer] = (await once(long, 'data')) as [Buffer];
  t.regex(answer.toString(), /^HTTP\/1\.1 431 /);
  await t.notThrowsAsync(ended);
});

test('the client says what the agent said', async (t) => {
  await using served = await serve();
  const socket = served.sockets.admin;
  const refused = askAgent({ socket, method: 'POST', path: '/v1/rollback' });
  await t.throwsAsync(refused, { code: 'REFUSED', message: /slot B is written, not good/ });
  const gone = askAgent({ socket: `${socket}.gone`, method: 'GET', path: '/v1/status' });
  await t.throwsAsync(gone, { code: 'HOST_NOT_READY', message: /no agent answers/ });
});
