import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { DEFAULT_LIMITS, type ServeLimits } from '../../../src/release/serve/serve-limits.ts';
import { serveRepository } from '../../../src/release/serve/serve-repository.ts';
import { addTarget, ask } from './serve-scene.ts';

const CONTENT = randomBytes(40 * 2 ** 20);

async function served(directory: string, limits: Partial<ServeLimits>) {
  return await serveRepository(
    {
      directory,
      listen: { host: '127.0.0.1', port: 0 },
      metricsListen: { host: '127.0.0.1', port: 0 },
      tls: null,
      limits: { ...DEFAULT_LIMITS, ...limits },
      upload: null,
      cache: null,
    },
    { logAccess: () => undefined, reportFault: () => undefined },
  );
}

/** An answer whose body waits in the server for a client that does not read yet. */
async function begin(port: number, target: string): Promise<IncomingMessage> {
  const asked = get({ host: '127.0.0.1', port, path: `/${target}`, agent: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.pause();
  return response;
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const chunk of response) length += (chunk as Buffer).length;
  return length;
}

test('stopping finishes what is running, takes nothing new, and closes what is idle', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-stop-'));
  const target = await addTarget(folder.path, 'image.zst', CONTENT);
  const server = await served(folder.path, {});
  const { port } = server.address;
  const metricsPort = server.metricsAddress?.port ?? 0;
  t.is((await ask(metricsPort, '/healthz')).status, 200);
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  await ask(port, '/healthz');
  const running = await begin(port, target);
  const stopping = server[Symbol.asyncDispose]();
  await once(idle.resume(), 'close');
  await t.throwsAsync(ask(port, '/healthz'));
  t.is((await ask(metricsPort, '/healthz')).status, 503);
  t.is(await lengthOf(running), CONTENT.length);
  await stopping;
});

test('what is not finished at the deadline is cut', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-stop-'));
  const target = await addTarget(folder.path, 'image.zst', CONTENT);
  const server = await served(folder.path, { stopMs: 100 });
  const running = await begin(server.address.port, target);
  await server[Symbol.asyncDispose]();
  await t.throwsAsync(lengthOf(running), { code: 'ECONNRESET' });
});

test('metrics are read on a listener of their own, and not where files are', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-stop-'));
  const target = await addTarget(folder.path, 'image.zst', CONTENT.subarray(0, 10));
  await using server = await served(folder.path, {});
  await ask(server.address.port, `/${target}`);
  t.is((await ask(server.address.port, '/metrics')).status, 404);
  const { status, headers, body } = await ask(server.metricsAddress?.port ?? 0, '/metrics');
  t.is(status, 200);
  t.regex(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  t.regex(body.toString(), /^kubeos_serve_sent_bytes_total 10$/m);
  const names = body.toString().match(/^# TYPE \S+/gm) ?? [];
  t.true(names.every((name) => name.startsWith('# TYPE kubeos_serve_')));
});

test('a client that is slowed down gets everything whole', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-stop-'));
  const size = 2 ** 18;
  const target = await addTarget(folder.path, 'image.zst', CONTENT.subarray(0, size));
  await using server = await served(folder.path, { clientBytesPerSecond: 4 * size });
  const { port } = server.address;
  const asks = Array.from({ length: 6 }, () => ask(port, `/${target}`));
  for (const { body } of await Promise.all(asks)) {
    t.true(body.equals(CONTENT.subarray(0, size)));
  }
});
