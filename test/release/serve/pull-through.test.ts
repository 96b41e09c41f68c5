import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import test from 'ava';
import { caching, metadata, plainFiles, upstreamServer } from './caching.ts';
import { ask, targetPath } from './serve-scene.ts';

const CONTENT = randomBytes(1_500_000);
const TARGET = targetPath('image.zst', CONTENT);

test('what was fetched once is served from the disk, as the first server would', async (t) => {
  const files = new Map([
    [TARGET, CONTENT],
    ['metadata/1.root.json', metadata('root', 1)],
  ]);
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(t, { upstreams: [upstream.url] }, async ({ scene, directory }) => {
    for (let round = 0; round < 2; round += 1) {
      for (const [file, bytes] of files) {
        const { status, body, headers } = await ask(scene.port, `/${file}`);
        t.is(status, 200);
        t.true(body.equals(bytes));
        t.is(headers['last-modified'], 'Sun, 06 Nov 1994 08:49:37 GMT');
      }
    }
    t.deepEqual(upstream.asked, [`GET /${TARGET}`, 'GET /metadata/1.root.json']);
    t.deepEqual(await readFile(path.join(directory, TARGET)), CONTENT);
    t.deepEqual(await readdir(path.join(directory, '.incoming')), []);
    t.deepEqual(
      scene.log.map(({ origin }) => origin),
      ['upstream', 'upstream', 'cache', 'cache'],
    );
  });
});

test('many who want one file join one download, ranges too, before it is whole', async (t) => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<ServerResponse>();
  await using upstream = await upstreamServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': CONTENT.length });
    response.write(CONTENT.subarray(0, 1_000_000));
    begin(response);
  });
  await caching(t, { upstreams: [upstream.url] }, async ({ scene }) => {
    const whole = Array.from({ length: 20 }, () => ask(scene.port, `/${TARGET}`));
    const response = await begun;
    // The first part is there while the rest is not even sent.
    const early = await ask(scene.port, `/${TARGET}`, { headers: { Range: 'bytes=10-899999' } });
    t.is(early.status, 206);
    t.true(early.body.equals(CONTENT.subarray(10, 900_000)));
    const late = ask(scene.port, `/${TARGET}`, { headers: { Range: 'bytes=-100' } });
    const head = await ask(scene.port, `/${TARGET}`, { method: 'HEAD' });
    t.is(head.headers['content-length'], String(CONTENT.length));
    response.end(CONTENT.subarray(1_000_000));
    t.true((await late).body.equals(CONTENT.subarray(-100)));
    for (const { body } of await Promise.all(whole)) t.true(body.equals(CONTENT));
    t.deepEqual(upstream.asked, [`GET /${TARGET}`]);
  });
});

test('a download that is cut goes on at the second server where it stopped', async (t) => {
  await using broken = await upstreamServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': CONTENT.length });
    response.write(CONTENT.subarray(0, 700_000), () => setImmediate(() => response.destroy()));
  });
  await using second = await upstreamServer(plainFiles(new Map([[TARGET, CONTENT]])));
  await caching(t, { upstreams: [broken.url, second.url] }, async ({ scene }) => {
    const { status, body } = await ask(scene.port, `/${TARGET}`);
    t.is(status, 200);
    t.true(body.equals(CONTENT));
    t.regex(second.asked.join(), /^GET \/targets\/[^ ]* bytes=\d+-$/);
  });
});

test('wrong bytes are never given as a whole file, nor kept, and the server is asked last from then on', async (t) => {
  const wrong = Buffer.from(CONTENT);
  wrong[1_499_999] = (wrong[1_499_999] ?? 0) ^ 1;
  await using liar = await upstreamServer(plainFiles(new Map([[TARGET, wrong]])));
  await using honest = await upstreamServer(plainFiles(new Map([[TARGET, CONTENT]])));
  await caching(t, { upstreams: [liar.url, honest.url] }, async ({ scene, directory }) => {
    await t.throwsAsync(ask(scene.port, `/${TARGET}`), { code: 'ECONNRESET' });
    t.deepEqual(await readdir(path.join(directory, 'targets')), []);
    const { body } = await ask(scene.port, `/${TARGET}`);
    t.true(body.equals(CONTENT));
    t.deepEqual(liar.asked.length, 1);
  });
});

test('a login page in the place of metadata is not kept', async (t) => {
  const page = Buffer.from('<html>Please sign in</html>');
  const wrongVersion = metadata('root', 3);
  const files = new Map([
    ['metadata/1.root.json', page],
    ['metadata/2.root.json', wrongVersion],
    ['metadata/timestamp.json', page],
  ]);
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(t, { upstreams: [upstream.url] }, async ({ scene, directory }) => {
    for (const file of files.keys()) t.is((await ask(scene.port, `/${file}`)).status, 502, file);
    t.deepEqual(await readdir(path.join(directory, 'metadata')), []);
  });
});

test('what no server has is 404, and not asked for again and again', async (t) => {
  const files = new Map<string, Buffer>();
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(t, { upstreams: [upstream.url] }, async ({ scene }) => {
    for (let round = 0; round < 3; round += 1) {
      t.is((await ask(scene.port, '/metadata/2.root.json')).status, 404);
    }
    t.is(upstream.asked.length, 1);
    files.set('metadata/2.root.json', metadata('root', 2));
    const uncached = { headers: { 'Cache-Control': 'no-cache' } };
    t.is((await ask(scene.port, '/metadata/2.root.json', uncached)).status, 200);
    t.is((await ask(scene.port, '/elsewhere')).status, 404);
    t.is(upstream.asked.length, 2);
  });
});

test('without a server: what is there is served, what was missing is missing, the rest is 502', async (t) => {
  const root = metadata('root', 1);
  await using upstream = await upstreamServer(
    plainFiles(new Map([['metadata/1.root.json', root]])),
  );
  await caching(t, { upstreams: [upstream.url], freshMs: 0 }, async ({ scene }) => {
    const status = async (file: string): Promise<number> =>
      (await ask(scene.port, `/${file}`)).status;
    t.is(await status('metadata/1.root.json'), 200);
    t.is(await status('metadata/2.root.json'), 404);
    await upstream.stop();
    t.is(await status('metadata/1.root.json'), 200);
    t.is(await status('metadata/2.root.json'), 404);
    t.is(await status(TARGET), 502);
  });
});

test('what nobody used longest makes room, and a file that is larger than the cache is refused', async (t) => {
  const contents = [1, 2, 3].map(() => randomBytes(100_000));
  const files = new Map(
    [...contents, CONTENT].map((bytes) => [targetPath('x', bytes), bytes] as const),
  );
  const [one = '', two = '', three = '', large = ''] = files.keys();
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(
    t,
    { upstreams: [upstream.url], limitBytes: 250_000 },
    async ({ scene, directory, metrics }) => {
      const names = async (): Promise<string[]> =>
        (await readdir(path.join(directory, 'targets'))).map((name) => `targets/${name}`);
      const sized = async (): Promise<number> =>
        (await metrics.cacheBytes.get()).values[0]?.value ?? 0;
      for (const file of [one, two, one, three]) {
        t.is((await ask(scene.port, `/${file}`)).status, 200);
        // The answer does not wait for the disk.
        while (
          !(await names()).includes(file) ||
          (await sized()) !== (await names()).length * 100_000
        );
      }
      const left = (await readdir(path.join(directory, 'targets'))).map(
        (name) => `targets/${name}`,
      );
      t.deepEqual(left.toSorted(), [one, three].toSorted());
      t.is((await ask(scene.port, `/${large}`)).status, 507);
      t.is((await ask(scene.port, `/${one}`)).status, 200);
    },
  );
});

test('a cache takes no directory that holds something else', async (t) => {
  await using upstream = await upstreamServer(plainFiles(new Map()));
  await caching(t, { upstreams: [upstream.url] }, async ({ directory }) => {
    const other = { directory: path.dirname(directory) };
    const outcome = caching(t, { upstreams: [upstream.url], ...other }, async () => undefined);
    await t.throwsAsync(outcome, { code: 'USAGE' });
    const elsewhere: [URL] = [new URL('http://127.0.0.1:1/')];
    const moved = caching(t, { upstreams: elsewhere, directory }, async () => undefined);
    await t.throwsAsync(moved, { code: 'USAGE', message: /is a cache of/ });
  });
});

test('a cache that was killed begins without what was on its way, and with what it had', async (t) => {
  await using upstream = await upstreamServer(plainFiles(new Map([[TARGET, CONTENT]])));
  await caching(t, { upstreams: [upstream.url] }, async ({ scene, directory }) => {
    await ask(scene.port, `/${TARGET}`);
    await writeFile(path.join(directory, '.incoming/half'), 'half of it');
    await caching(t, { upstreams: [upstream.url], directory }, async (next) => {
      t.deepEqual(await readdir(path.join(directory, '.incoming')), []);
      t.true((await ask(next.scene.port, `/${TARGET}`)).body.equals(CONTENT));
      t.is(upstream.asked.length, 1);
    });
  });
});
