import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { ROUTES } from '../../src/agent/api/routes.ts';
import { askAgent } from '../../src/agent/client/ask-agent.ts';
import { holds, startFileScene } from './file-scene.ts';
import { bundleDaemon, startDaemon, whenUp } from './run-daemon.ts';

/** Bytes that a client sends, and how it leaves. */
interface Conversation {
  readonly bytes: Buffer;
  /** So many bytes are sent. */
  readonly sent: number;
  readonly leaves: 'waits' | 'ends' | 'resets';
}

const token = fc.constantFrom(
  'GET',
  'POST',
  'DELETE',
  'PUT',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'get',
  'X',
);
const known = fc.constantFrom(...ROUTES.map((route) => route.path));
const place = fc.oneof(
  { weight: 4, arbitrary: known },
  fc.string({ maxLength: 40 }).map((text) => `/v1/${text}`),
  fc.tuple(known, fc.string({ maxLength: 20 })).map(([path, text]) => `${path}?${text}`),
  fc.constantFrom('*', '/', '//v1/status', 'http://x/v1/status', '/v1/%00', `/${'a'.repeat(9000)}`),
);
const header = fc.oneof(
  fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 60 })),
  fc.constantFrom<readonly [string, string]>(
    ...([
      ['content-length', '-1'],
      ['content-length', '99999999999999999999'],
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'gzip, chunked'],
      ['expect', '100-continue'],
      ['expect', 'miracles'],
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
      ['idempotency-key', 'once'],
      ['idempotency-key', 'x'.repeat(200)],
      ['long', 'x'.repeat(9000)],
    ] as const),
  ),
);
const hostileJson = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '{"__proto__":{"release":"x"}}',
    '['.repeat(30_000),
    '{"release":"sha256:0"}',
    `{"release":"sha256:${'0'.repeat(64)}"}`,
    `{"release":"sha256:${'0'.repeat(64)}","repository":"../../etc"}`,
    '{"release":"stable","allowFailed":true}',
    '{"release":1e999}',
    '"\\ud800"',
  ),
);
const body = fc.oneof(
  hostileJson.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 60_000, max: 300_000 }).map((length) => Buffer.alloc(length, ' ')),
);
const asked = fc
  .record({
    token,
    place,
    headers: fc.array(header, { maxLength: 4 }),
    body,
    hasLength: fc.boolean(),
  })
  .map((one) => {
    const length = one.hasLength ? `content-length: ${one.body.length}\r\n` : '';
    const lines = one.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = `${one.token} ${one.place} HTTP/1.1\r\nhost: agent\r\n${length}${lines}\r\n`;
    return Buffer.concat([Buffer.from(head), one.body]);
  });
const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    bytes: fc.oneof(
      { weight: 6, arbitrary: asked },
      {
        weight: 2,
        arbitrary: fc.array(asked, { minLength: 2, maxLength: 5 }).map((all) => Buffer.concat(all)),
      },
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    ),
    share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    leaves: fc.constantFrom('waits' as const, 'ends' as const, 'resets' as const),
  })
  .map(({ bytes, share, leaves }) => ({ bytes, sent: Math.ceil(bytes.length * share), leaves }));

/** Whatever comes back is HTTP. Silence is an answer, too: a client that waits is left by the agent later. */
async function converse(
  socketPath: string,
  { bytes, sent, leaves }: Conversation,
): Promise<string> {
  const socket = connect(socketPath);
  let heard = '';
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  const closed = once(socket, 'close').catch(() => undefined);
  socket.write(bytes.subarray(0, sent));
  if (leaves === 'ends') socket.end();
  await Promise.race([closed, sleep(leaves === 'resets' ? 0 : 15)]);
  socket.destroy();
  await closed;
  return heard;
}

test('whatever is sent to either socket, the daemon lives, answers HTTP, and no slot is touched', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  await bundleDaemon(scene.directory);
  await using daemon = startDaemon(node, { directory: scene.directory });
  await whenUp(node, daemon);
  let runs = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(node.socket, node.proxySocket),
    fc.array(conversation, { minLength: 1, maxLength: 8 }),
    async (socket, conversations) => {
      runs += conversations.length;
      const heard = await Promise.all(conversations.map((one) => converse(socket, one)));
      for (const text of heard) t.regex(text, /^(HTTP\/1\.1 [1-5]\d\d |$)/);
      await askAgent({ socket: node.socket, method: 'GET', path: '/healthz' });
    },
  );
  await fc.assert(property, { numRuns: 700, seed: 5, endOnFailure: true });
  t.log(`${runs} conversations`);
  t.true(runs > 2000);
  await daemon.stop();
  t.is(daemon.stderr(), '');
  t.true(await holds(node, 'A', scene.one));
  t.deepEqual(await node.boot(), { slot: 'A', release: scene.one.digest });
});

async function opened(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** However it is closed: a reset is an end, too, which `once` would throw. */
async function untilClosed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.resume().once('close', () => resolve());
  if (!socket.closed) await promise;
}

async function answerTo(socketPath: string, bytes: string | Buffer): Promise<string> {
  const socket = await opened(socketPath);
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  socket.write(bytes);
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
  return heard.split('\r\n')[0] ?? '';
}

test('limits: 64 KiB of body, 8 KiB of headers, 16 connections, 5 s for a header, 10 s for a request', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  await bundleDaemon(scene.directory);
  await using daemon = startDaemon(node, { directory: scene.directory });
  await whenUp(node, daemon);
  const post = (length: number): string =>
    `POST /v1/commit HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n${' '.repeat(length - 2)}{}`;
  t.regex(await answerTo(node.socket, post(65_536)), /^HTTP\/1\.1 200 /);
  for (const length of [65_537, 2 ** 20, 2 ** 24]) {
    t.regex(await answerTo(node.socket, post(length)), /^HTTP\/1\.1 4/, `${length}`);
  }
  const header = (length: number): string =>
    `GET /healthz HTTP/1.1\r\nhost: a\r\nlong: ${'x'.repeat(length)}\r\n\r\n`;
  t.regex(await answerTo(node.socket, header(8000)), /^HTTP\/1\.1 200 /);
  t.regex(await answerTo(node.socket, header(8300)), /^HTTP\/1\.1 431 /);
  // Of this socket nobody has asked anything yet: none of its connections is still on its way out.
  const held = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => {
      const socket = await opened(node.proxySocket);
      // Half of them say the head, and never the body.
      if (index % 2 === 0)
        socket.write('POST /v1/commit HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n');
      return socket;
    }),
  );
  const seventeenth = await opened(node.proxySocket);
  const others = held.map(async (socket) => {
    await untilClosed(socket);
    return 'one of the sixteen';
  });
  const first = untilClosed(seventeenth).then(() => 'the seventeenth');
  t.is(await Promise.race([first, ...others]), 'the seventeenth', 'closed before all others');
  // Root has its own sixteen.
  await askAgent({ socket: node.socket, method: 'GET', path: '/healthz' });
  await Promise.all(others);
  await askAgent({ socket: node.proxySocket, method: 'GET', path: '/healthz' });
});
