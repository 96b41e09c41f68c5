import { mkdtempDisposable, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openSource } from '../../../src/release/fetch/open-source.ts';
import { timeBudget } from '../../../src/release/fetch/time-budget.ts';
import { faultProxy, type Fault } from './fault-proxy.ts';
import { originOf, serveFiles } from './origin.ts';
import { onImage, setting } from './setting.ts';
import { fetchOnce, IMPATIENT } from './test-fetch.ts';
import { isImage, MIB } from './test-release.ts';

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

test('a server that sends one right block of each answer is given up', async (t) => {
  await using given = await setting(40);
  const image = await readFile(path.join(given.repository, given.release.imagePath));
  const oneBlock = onImage(given.repository, (request, response) => {
    const [, start, end] = /(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [
      0,
      0,
      image.length - 1,
    ];
    const body = Buffer.from(image.subarray(Number(start), Number(end) + 1));
    body.fill(0, 130_000);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      'content-length': body.length,
      'content-range': `bytes ${start}-${end}/${image.length}`,
    });
    response.end(body);
  });
  await using bad = await originOf(oneBlock);
  const error = await t.throwsAsync(fetchOnce({ ...given, addresses: [bad.url] }), {
    code: 'RELEASE_INVALID',
  });
  t.regex(error.message, /stay damaged/);
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

test('a directory is read with the same checks', async (t) => {
  await using given = await setting(3);
  const report = await fetchOnce({ ...given, addresses: [given.repository] });
  t.true(await isImage(given.output, given.release));
  t.true(report.bytesTransferred >= given.release.manifest.full.size);
});

test('time that is over while a server is left alone is told as such', async (t) => {
  const address = 'http://127.0.0.1:1/';
  using opened = openSource([address], { backoff: { tries: 9, firstMs: 60_000, maxMs: 60_000 } });
  using time = timeBudget(AbortSignal.timeout(60_000), 100);
  const reading = opened.source.readSmall('x', { maxBytes: 1, signal: time.signal });
  await t.throwsAsync(reading, { code: 'TIMED_OUT' });
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
  const options = { maxTransferBytes };
  const output = path.join(dir.path, 'out');
  await t.throwsAsync(fetchOnce({ ...given, output, addresses: [proxy.url], options }));
  // What the proxy sent may still have been on its way when the client stopped: a socket's worth.
  t.true(proxy.bytes() <= maxTransferBytes + MIB);
});
