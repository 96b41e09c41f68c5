import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { addFile, addTarget, ask, askRaw, serveDirectory, type Scene } from './serve-scene.ts';

const CONTENT = randomBytes(700_001);
const SIZE = CONTENT.length;

interface Served {
  readonly scene: Scene;
  readonly target: string;
  readonly etag: string;
  readonly modified: string;
}

async function served(t: ExecutionContext, check: (served: Served) => Promise<void>) {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-serve-'));
  await addFile(directory.path, 'metadata/timestamp.json', '{"signed":{"version":1}}');
  await addFile(directory.path, 'metadata/1.root.json', '{"signed":{}}');
  const target = await addTarget(directory.path, 'image.zst', CONTENT);
  await using scene = await serveDirectory(directory.path);
  const { mtimeMs } = await stat(path.join(directory.path, target));
  await check({
    scene,
    target: `/${target}`,
    etag: `"${target.slice(8, 72)}"`,
    modified: new Date(mtimeMs).toUTCString(),
  });
  t.deepEqual(scene.faults, []);
}

test('a target comes whole, named by its digest, to be kept for a year', async (t) => {
  await served(t, async ({ scene, target, etag, modified }) => {
    const { status, headers, body } = await ask(scene.port, target);
    t.is(status, 200);
    t.true(body.equals(CONTENT));
    t.is(headers['content-length'], String(SIZE));
    t.is(headers.etag, etag);
    t.is(headers['cache-control'], 'public, max-age=31536000, immutable');
    t.is(headers['accept-ranges'], 'bytes');
    t.is(headers['content-type'], 'application/octet-stream');
    t.is(headers['content-encoding'], undefined);
    t.is(headers['last-modified'], modified);
  });
});

test('the timestamp is asked for anew each time; metadata with a number never', async (t) => {
  await served(t, async ({ scene }) => {
    const timestamp = await ask(scene.port, '/metadata/timestamp.json');
    t.is(timestamp.headers['cache-control'], 'no-cache');
    t.is(timestamp.headers['content-type'], 'application/json');
    const root = await ask(scene.port, '/metadata/1.root.json');
    t.is(root.headers['cache-control'], 'public, max-age=31536000, immutable');
    const again = await ask(scene.port, '/metadata/timestamp.json', {
      headers: { 'If-None-Match': timestamp.headers.etag },
    });
    t.is(again.status, 304);
  });
});

interface Expected {
  readonly status: number;
  /** First byte and the one after the last. */
  readonly span?: readonly [number, number];
}

/** `@etag` and `@modified` stand for those of the target. */
const conditions = test.macro<[Readonly<Record<string, string>>, Expected]>({
  exec: async (t, headers, expected) =>
    served(t, async ({ scene, target, etag, modified }) => {
      const filled: OutgoingHttpHeaders = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          value.replace('@etag', etag).replace('@modified', modified),
        ]),
      );
      const {
        status,
        body,
        headers: answered,
      } = await ask(scene.port, target, { headers: filled });
      t.is(status, expected.status);
      if (status === 200) t.true(body.equals(CONTENT));
      if (status === 304) {
        t.is(body.length, 0);
        t.is(answered.etag, etag);
      }
      if (status === 416) t.is(answered['content-range'], `bytes */${SIZE}`);
      if (expected.span === undefined) return;
      const [start, end] = expected.span;
      t.true(body.equals(CONTENT.subarray(start, end)));
      t.is(answered['content-range'], `bytes ${start}-${end - 1}/${SIZE}`);
    }),
  title: (_, headers, expected) =>
    `${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ')} is answered by ${expected.status}`,
});

const LONG_AGO = 'Sun, 06 Nov 1994 08:49:37 GMT';
const LATER = 'Tue, 01 Jan 2047 00:00:00 GMT';

test(conditions, { Range: 'bytes=0-0' }, { status: 206, span: [0, 1] });
test(conditions, { Range: 'bytes=262143-600000' }, { status: 206, span: [262_143, 600_001] });
test(conditions, { Range: 'bytes=699000-' }, { status: 206, span: [699_000, SIZE] });
test(conditions, { Range: 'bytes=-5' }, { status: 206, span: [SIZE - 5, SIZE] });
test(conditions, { Range: 'bytes=-9999999' }, { status: 206, span: [0, SIZE] });
test(conditions, { Range: 'bytes=5-9999999' }, { status: 206, span: [5, SIZE] });
test(conditions, { Range: 'bytes=0-4, 9999999-' }, { status: 206, span: [0, 5] });
test(conditions, { Range: 'bytes=0-4,10-14' }, { status: 200 });
test(conditions, { Range: 'items=0-4' }, { status: 200 });
test(conditions, { Range: `bytes=${SIZE}-` }, { status: 416 });
test(conditions, { Range: 'bytes=-0' }, { status: 416 });
test(conditions, { Range: 'bytes=9-5' }, { status: 416 });
test(conditions, { Range: 'bytes=-' }, { status: 416 });
test(conditions, { Range: 'bytes=0x1-2' }, { status: 416 });
test(conditions, { Range: 'bytes=99999999999999999999-' }, { status: 416 });
test(conditions, { 'If-None-Match': '@etag' }, { status: 304 });
test(conditions, { 'If-None-Match': 'W/@etag, "other"' }, { status: 304 });
test(conditions, { 'If-None-Match': '*' }, { status: 304 });
test(conditions, { 'If-None-Match': '"other"' }, { status: 200 });
test(conditions, { 'If-None-Match': '"other"', 'If-Modified-Since': LATER }, { status: 200 });
test(conditions, { 'If-Modified-Since': '@modified' }, { status: 304 });
test(conditions, { 'If-Modified-Since': LATER }, { status: 304 });
test(conditions, { 'If-Modified-Since': LONG_AGO }, { status: 200 });
test(conditions, { 'If-Modified-Since': 'yesterday' }, { status: 200 });
test(conditions, { 'If-Modified-Since': 'Sun Nov  6 08:49:37 1994' }, { status: 200 });
test(conditions, { 'If-Match': '@etag' }, { status: 200 });
test(conditions, { 'If-Match': 'W/@etag' }, { status: 412 });
test(conditions, { 'If-Match': '"other"' }, { status: 412 });
test(conditions, { 'If-Unmodified-Since': LONG_AGO }, { status: 412 });
test(conditions, { 'If-Unmodified-Since': '@modified' }, { status: 200 });
test(conditions, { Range: 'bytes=1-2', 'If-Range': '@etag' }, { status: 206, span: [1, 3] });
test(conditions, { Range: 'bytes=1-2', 'If-Range': '@modified' }, { status: 206, span: [1, 3] });
test(conditions, { Range: 'bytes=1-2', 'If-Range': '"other"' }, { status: 200 });
test(conditions, { Range: 'bytes=1-2', 'If-Range': 'W/@etag' }, { status: 200 });
test(conditions, { Range: 'bytes=1-2', 'If-Range': LATER }, { status: 200 });
test(conditions, { Range: 'bytes=1-2', 'If-None-Match': '@etag' }, { status: 304 });

test('HEAD says what GET would, without a body, and knows no range', async (t) => {
  await served(t, async ({ scene, target, etag }) => {
    const { status, headers, body } = await ask(scene.port, target, {
      method: 'HEAD',
      headers: { Range: 'bytes=0-1' },
    });
    t.is(status, 200);
    t.is(body.length, 0);
    t.is(headers['content-length'], String(SIZE));
    t.is(headers.etag, etag);
  });
});

test('other methods are refused with the list of those that work', async (t) => {
  await served(t, async ({ scene, target }) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
      const { status, headers } = await ask(scene.port, target, { method });
      t.is(status, 405, method);
      t.is(headers.allow, 'GET, HEAD', method);
    }
  });
});

test('one connection takes many requests, also before the first is answered', async (t) => {
  await served(t, async ({ scene, target }) => {
    const get = `GET ${target} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\n`;
    const text = await askRaw(scene.port, `${get}\r\n${get}\r\n${get}Connection: close\r\n\r\n`);
    t.is(text.match(/HTTP\/1\.1 206 Partial Content/g)?.length, 3);
  });
});

test('HTTP/1.0 and a target in absolute form are taken; a request without Host is not', async (t) => {
  await served(t, async ({ scene, target }) => {
    t.regex(await askRaw(scene.port, `HEAD ${target} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 200 /);
    const absolute = `HEAD http://any${target}?x=1 HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n`;
    t.regex(await askRaw(scene.port, absolute), /^HTTP\/1\.1 200 /);
    t.regex(await askRaw(scene.port, `GET ${target} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 400 /);
  });
});

test('a body that nobody reads is refused, and not waited for', async (t) => {
  await served(t, async ({ scene, target }) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n`;
    t.regex(await askRaw(scene.port, request), /^HTTP\/1\.1 413 /);
  });
});

test('each request leaves one entry for the log, with what was sent', async (t) => {
  await served(t, async ({ scene, target }) => {
    await ask(scene.port, target, { headers: { Range: 'bytes=0-99', 'User-Agent': 'node' } });
    await ask(scene.port, '/missing');
    t.like(scene.log, [
      { path: target, status: 206, bytes: 100, range: 'bytes=0-99', agent: 'node', origin: 'disk' },
      { path: '/missing', status: 404, bytes: 0, range: null, isCut: false },
    ]);
    const text = await scene.metrics.registry.metrics();
    t.regex(text, /kubeos_serve_requests_total\{method="GET",kind="target",status="206"\} 1/);
    t.regex(text, /kubeos_serve_sent_bytes_total 100/);
  });
});
