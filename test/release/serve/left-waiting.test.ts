import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { HTTP_LIMITS } from '../../../src/release/fetch/http-limits.ts';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { caching, upstreamServer } from './caching.ts';
import { addTarget, serveDirectory, targetPath, type Scene } from './serve-scene.ts';

/** Clients that ask, and leave when the head of the answer has come; until the server has done with them. */
async function leave(scene: Scene, target: string, range: string): Promise<void> {
  for (let client = 0; client < 50; client += 1) {
    const socket = connect(scene.port, '127.0.0.1');
    socket.write(`GET /${target} HTTP/1.1\r\nHost: localhost\r\nRange: ${range}\r\n\r\n`);
    await once(socket, 'connect');
    await wait(5);
    socket.destroy();
  }
  while (scene.log.length < 50) await wait(10);
}

test('a client that leaves while it is kept to its rate leaves nothing behind', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-rate-'));
  const target = await addTarget(folder.path, 'image.zst', Buffer.alloc(2 ** 20));
  const limits = { ...DEFAULT_LIMITS, clientBytesPerSecond: 65_536 };
  await using scene = await serveDirectory(folder.path, { limits });
  await leave(scene, target, 'bytes=0-');
  t.deepEqual(scene.faults, []);
});

test('a client that leaves while it waits for bytes that arrive leaves nothing behind', async (t) => {
  await using upstream = await upstreamServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': 2 ** 20 });
    response.write('the rest comes never');
  });
  const options = { upstreams: [upstream.url], limits: HTTP_LIMITS } as const;
  await caching(t, options, async ({ scene }) => {
    await leave(scene, targetPath('image.zst', Buffer.of()), 'bytes=1000-1999');
  });
});
