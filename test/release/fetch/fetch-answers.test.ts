import test from 'ava';
import { openSource } from '../../../src/release/fetch/open-source.ts';
import { originOf, serveFiles, type Handler } from './origin.ts';
import { onImage, setting, type Setting } from './setting.ts';
import { fetchOnce, QUICK } from './test-fetch.ts';
import { isImage } from './test-release.ts';

const broken = test.macro({
  exec: async (t, handler: (given: Setting) => Handler, expected: RegExp) => {
    await using given = await setting(3);
    await using origin = await originOf(onImage(given.repository, handler(given)));
    const error = await t.throwsAsync(fetchOnce({ ...given, addresses: [origin.url] }), {
      code: 'NETWORK',
    });
    t.regex(error.message, expected);
    t.true(origin.requests.length <= 2 + 6 * 6);
  },
  title: (what = '') => `${what} ends in an error after a few tries`,
});

test(
  'a body longer than announced elsewhere',
  broken,
  () => (_, response) => {
    response.writeHead(200, { 'content-length': 5 }).end('12345');
  },
  /announces 5 bytes, expected/,
);

test(
  'a body that ends too early',
  broken,
  () => (_, response) => {
    response.writeHead(200).end('short');
  },
  /ended \d+ bytes too early/,
);

test(
  'a content encoding',
  broken,
  () => (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  },
  /sent the content encoding gzip/,
);

test(
  'another range than was asked for',
  broken,
  () => (_, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-4/5' }).end('12345');
  },
  /sent the range "bytes 0-4\/5"/,
);

test(
  'a redirect loop',
  broken,
  () => (request, response) => {
    response.writeHead(302, { location: request.url }).end();
  },
  /redirects without end/,
);

test(
  'a redirect to a file',
  broken,
  () => (_, response) => {
    response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  },
  /redirects to file:/,
);

test(
  'a redirect with a signature in its query, which is not shown',
  broken,
  () => (request, response) => {
    if (request.url?.includes('?') === true) response.writeHead(500).end();
    else
      response.writeHead(302, { location: `${request.url}?signature=secret&for=image.zst` }).end();
  },
  /\?… answered 500/,
);

test(
  'a head without end',
  broken,
  () => (_, response) => {
    response.writeHead(200, { 'x-long': 'x'.repeat(12_000) }).end();
  },
  /Header overflow/i,
);

test(
  'a server that only says 500',
  broken,
  () => (_, response) => {
    response.writeHead(500).end();
  },
  /answered 500/,
);

test('a server that is busy is asked again after the time that it names', async (t) => {
  await using given = await setting();
  const files = serveFiles(given.repository);
  let asked = 0;
  await using origin = await originOf((request, response) => {
    asked += 1;
    if (asked > 4) return files(request, response);
    response.writeHead(asked % 2 === 0 ? 503 : 429, { 'retry-after': '0' }).end('later');
  });
  await fetchOnce({ ...given, addresses: [origin.url] });
  t.true(await isImage(given.output, given.release));
});

test('a manifest without end is not read to its end', async (t) => {
  await using given = await setting(3);
  await using origin = await originOf((_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
    };
    response.on('drain', more);
    more();
  });
  const options = { backoff: { tries: 2, firstMs: 5, maxMs: 5 } };
  const fetching = fetchOnce({ ...given, addresses: [origin.url], options });
  await t.throwsAsync(fetching, { code: 'NETWORK', message: /is longer than 1048576 bytes/ });
});

test('credentials do not follow a redirect to another host', async (t) => {
  await using given = await setting(3);
  await using other = await originOf(serveFiles(given.repository));
  await using origin = await originOf((request, response) => {
    response.writeHead(307, { location: new URL(request.url ?? '', other.url).href }).end();
  });
  const options = { authorization: 'Bearer secret' };
  await fetchOnce({ ...given, addresses: [origin.url], options });
  t.true(await isImage(given.output, given.release));
  t.true(origin.heads.every(({ authorization }) => authorization === 'Bearer secret'));
  t.true(other.heads.every(({ authorization }) => authorization === undefined));
});

test('user and password in the address are sent, and never told', async (t) => {
  await using given = await setting(3);
  await using origin = await originOf((_, response) => {
    response.writeHead(401).end();
  });
  const address = origin.url.replace('://', '://node:s3cret@');
  const error = await t.throwsAsync(fetchOnce({ ...given, addresses: [address] }), {
    code: 'NETWORK',
  });
  t.false(error.message.includes('s3cret'));
  t.is(origin.heads[0]?.authorization, `Basic ${btoa('node:s3cret')}`);
  t.is(origin.requests.length, 1);
});

test('a release that is not there is an error at once', async (t) => {
  await using given = await setting(3);
  await using origin = await originOf(serveFiles(given.repository));
  const digest = `sha256:${'0'.repeat(64)}`;
  const fetching = fetchOnce({ ...given, digest, addresses: [origin.url] });
  await t.throwsAsync(fetching, { code: 'NETWORK', message: /has no targets/ });
  t.is(origin.requests.length, 1);
});

/** Writes to the connection itself, for as long as somebody reads. */
function floodWith(head: string, piece: string): Handler {
  return ({ socket }) => {
    const pieces = piece.repeat(10_000);
    const more = (): void => {
      while (!socket.destroyed && socket.write(pieces));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };
}

test('announcements of an answer that never comes are left, and counted', async (t) => {
  await using origin = await originOf(floodWith('', 'HTTP/1.1 102 Processing\r\n\r\n'));
  using opened = openSource([origin.url], QUICK);
  const request = { maxBytes: 1000, signal: AbortSignal.timeout(60_000) };
  await t.throwsAsync(opened.source.readSmall('x', request), { message: /only announces/ });
  t.is(origin.requests.length, 6);
  t.true(opened.budget.bytes() > 6 * 8192 && opened.budget.bytes() < 6 * 2 ** 17);
});

test('a body in tiny chunks, each of which would take memory of its own, is left', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  await using origin = await originOf(floodWith(head, '1\r\nx\r\n'));
  using opened = openSource([origin.url], QUICK);
  const request = { maxBytes: 2 ** 20, signal: AbortSignal.timeout(60_000) };
  await t.throwsAsync(opened.source.readSmall('x', request), { message: /too little in each/ });
  t.true(opened.budget.bytes() < 6 * 2 ** 19);
});
