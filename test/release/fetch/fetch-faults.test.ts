import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { faultProxy, type Fault } from './fault-proxy.ts';
import { originOf, serveFiles, type Handler } from './origin.ts';
import { fetchOnce, IMPATIENT, QUICK } from './test-fetch.ts';
import { isImage, MIB, putRelease, testImage, type TestRelease } from './test-release.ts';

interface Setting extends AsyncDisposable {
  readonly release: TestRelease;
  readonly digest: string;
  readonly repository: string;
  readonly output: string;
}

async function setting(blocks = 5): Promise<Setting> {
  const dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  const repository = path.join(dir.path, 'repository');
  const release = await putRelease(repository, testImage(blocks));
  const output = path.join(dir.path, 'out');
  const dispose = async (): Promise<void> => await dir.remove();
  return { release, digest: release.digest, repository, output, [Symbol.asyncDispose]: dispose };
}

/** The handler of image.zst; everything else comes as it should. */
const onImage =
  (repository: string, handler: Handler): Handler =>
  (request, response) =>
    (request.url ?? '').endsWith('image.zst')
      ? handler(request, response)
      : serveFiles(repository)(request, response);

test('a connection that is cut again and again costs only what was on its way', async (t) => {
  await using given = await setting();
  await using origin = await originOf(serveFiles(given.repository));
  const cut: Fault = (piece, { sent }) =>
    sent + piece.length > 120_000
      ? { piece: piece.subarray(0, Math.max(0, 120_000 - sent)), after: 'cut' }
      : { piece };
  await using proxy = await faultProxy(origin.url, cut);
  const report = await fetchOnce({ ...given, addresses: [proxy.url] });
  t.true(await isImage(given.output, given.release));
  t.true(proxy.connections() >= 4);
  t.true(report.bytesTransferred <= given.release.manifest.full.size * 1.5);
  t.true(report.bytesTransferred <= proxy.bytes());
});

test('a flipped byte costs one frame, not a bad block', async (t) => {
  await using given = await setting();
  await using origin = await originOf(serveFiles(given.repository));
  let flipped = 0;
  const flip: Fault = (piece, { sent }) => {
    if (sent + piece.length <= 200_000 || flipped > 0) return { piece };
    flipped += 1;
    const changed = Buffer.from(piece);
    const at = changed.length - 1;
    changed[at] = (changed[at] ?? 0) ^ 0x20;
    return { piece: changed };
  };
  await using proxy = await faultProxy(origin.url, flip);
  const report = await fetchOnce({ ...given, addresses: [proxy.url] });
  t.is(flipped, 1);
  t.true(await isImage(given.output, given.release));
  t.true(report.bytesTransferred < given.release.manifest.full.size + 300_000);
});

test('a server that stalls is left for the next mirror, which goes on at the byte that was reached', async (t) => {
  await using given = await setting();
  await using origin = await originOf(serveFiles(given.repository));
  const stall: Fault = (piece, { sent }) =>
    sent > 100_000 ? { piece, after: 'stall' } : { piece };
  await using proxy = await faultProxy(origin.url, stall);
  await fetchOnce({ ...given, addresses: [proxy.url, origin.url], options: IMPATIENT });
  t.true(await isImage(given.output, given.release));
  const last = origin.requests.at(-1) ?? '';
  t.regex(last, /image\.zst bytes=[1-9]\d+-/);
});

test('a slow drip is left, though it never stops', async (t) => {
  await using given = await setting();
  const drip = onImage(given.repository, (_, response) => {
    response.writeHead(200, { 'content-length': given.release.manifest.full.size });
    const timer = setInterval(() => response.write('.'), 30);
    response.on('close', () => clearInterval(timer));
  });
  await using slow = await originOf(drip);
  await using good = await originOf(serveFiles(given.repository));
  await fetchOnce({ ...given, addresses: [slow.url, good.url], options: IMPATIENT });
  t.true(await isImage(given.output, given.release));
});

test('a mirror that sends damaged bytes is asked last from then on', async (t) => {
  await using given = await setting(8);
  const garbage = onImage(given.repository, (_, response) => {
    response.writeHead(200).end(Buffer.alloc(given.release.manifest.full.size, 1));
  });
  await using bad = await originOf(garbage);
  await using good = await originOf(serveFiles(given.repository));
  await fetchOnce({ ...given, addresses: [bad.url, good.url] });
  t.true(await isImage(given.output, given.release));
  t.is(bad.requests.filter((line) => line.includes('image.zst')).length, 1);
});

test('a server without Range is read from the beginning, and once where it does not break off', async (t) => {
  await using given = await setting();
  const plain = serveFiles(given.repository);
  await using origin = await originOf((request, response) => {
    delete request.headers.range;
    return plain(request, response);
  });
  await fetchOnce({ ...given, addresses: [origin.url] });
  t.true(await isImage(given.output, given.release));
  t.is(origin.requests.length, 3);
});

test('a server without Range that breaks off is read again, past what is there already', async (t) => {
  await using given = await setting();
  const plain = serveFiles(given.repository);
  await using origin = await originOf((request, response) => {
    delete request.headers.range;
    return plain(request, response);
  });
  const cutTwice: Fault = (piece, { sent, number }) =>
    number <= 2 && sent > 200_000 ? { piece, after: 'cut' } : { piece };
  await using proxy = await faultProxy(origin.url, cutTwice);
  const report = await fetchOnce({ ...given, addresses: [proxy.url] });
  t.true(await isImage(given.output, given.release));
  t.is(report.how, 'whole');
});

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

test('a directory is read with the same checks', async (t) => {
  await using given = await setting(3);
  const report = await fetchOnce({ ...given, addresses: [given.repository] });
  t.true(await isImage(given.output, given.release));
  t.true(report.bytesTransferred >= given.release.manifest.full.size);
});

test('nothing is begun that the budget does not cover', async (t) => {
  await using given = await setting(3);
  await using origin = await originOf(serveFiles(given.repository));
  const options = { maxTransferBytes: 200_000 };
  await t.throwsAsync(fetchOnce({ ...given, addresses: [origin.url], options }), {
    code: 'NETWORK',
    message: /budget of 200000 bytes/,
  });
  t.is(origin.requests.length, 2);
});

test('no fault makes a fetch take more than its budget', async (t) => {
  await using given = await setting(4);
  await using origin = await originOf(serveFiles(given.repository));
  const cut: Fault = (piece, { sent }) =>
    sent > 150_000
      ? { piece, after: 'cut' }
      : { piece: Buffer.from(piece).fill(0, piece.length - 3) };
  await using proxy = await faultProxy(origin.url, cut);
  const maxTransferBytes = given.release.manifest.full.size + 150_000;
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  const options = { ...QUICK, maxTransferBytes };
  const output = path.join(dir.path, 'out');
  await t.throwsAsync(fetchOnce({ ...given, output, addresses: [proxy.url], options }));
  // What the proxy sent may still have been on its way when the client stopped: a socket's worth.
  t.true(proxy.bytes() <= maxTransferBytes + MIB);
});
