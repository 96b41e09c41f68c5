import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { freeReads } from './free-reads.ts';

const BODY = Buffer.alloc(8 * 2 ** 20, 5);

test('what was read of a connection is freed once the body was copied out of it', async (t) => {
  await using server = createServer((_, response) => void response.end(BODY));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [socket] = (await once(request, 'socket')) as [Socket];
  const { seen, stop } = freeReads(socket);
  const reads: Buffer[] = [];
  socket.on('data', (read: Buffer) => reads.push(read));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    seen(chunk);
    chunks.push(chunk);
  }
  await setImmediate();
  stop();
  t.true(Buffer.concat(chunks).equals(BODY));
  t.true(reads.length > 4);
  // The first ones come before it is seen that the body is a copy, and the last one may be looked at too early.
  t.true(reads.filter(({ length }) => length === 0).length > reads.length / 2);
});

test('nothing is freed that the body shares memory with', async (t) => {
  await using server = createServer((_, response) => void response.end(BODY));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [socket] = (await once(request, 'socket')) as [Socket];
  const { seen } = freeReads(socket);
  const lengths: number[] = [];
  socket.on('data', (read: Buffer) => {
    seen(read.subarray(5));
    process.nextTick(() => lengths.push(read.length));
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  t.true(lengths.length > 4 && lengths.every((length) => length > 0));
});
