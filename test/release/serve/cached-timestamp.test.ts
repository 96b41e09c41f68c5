import test from 'ava';
import { caching, metadata, plainFiles, upstreamServer } from './caching.ts';
import { ask } from './serve-scene.ts';

test('the timestamp is asked for anew when it is old, and stays with its age where no server answers', async (t) => {
  const timestamp = 'metadata/timestamp.json';
  const files = new Map([[timestamp, metadata('timestamp', 1)]]);
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(t, { upstreams: [upstream.url], freshMs: 0 }, async ({ scene }) => {
    const askedMs = performance.now();
    const first = await ask(scene.port, `/${timestamp}`);
    const tookSeconds = (performance.now() - askedMs) / 1000;
    t.is(first.headers['cache-control'], 'no-cache');
    t.regex(first.headers.age ?? '', /^\d+$/);
    t.true(Number(first.headers.age) <= Math.round(tookSeconds), 'new when it was asked for');
    files.set(timestamp, metadata('timestamp', 2));
    const second = await ask(scene.port, `/${timestamp}`);
    t.true(second.body.equals(metadata('timestamp', 2)));
    t.not(second.headers.etag, first.headers.etag);
    await upstream.stop();
    const third = await ask(scene.port, `/${timestamp}`);
    t.is(third.status, 200);
    t.is(third.headers['warning'], '111 - "Revalidation Failed"');
    t.true(third.body.equals(second.body));
    t.is(scene.log.at(-1)?.origin, 'stale');
  });
});

test('a fresh timestamp is not asked for again, and many who ask at once ask once', async (t) => {
  const timestamp = 'metadata/timestamp.json';
  await using upstream = await upstreamServer(
    plainFiles(new Map([[timestamp, metadata('timestamp', 1)]])),
  );
  await caching(t, { upstreams: [upstream.url] }, async ({ scene }) => {
    const asks = Array.from({ length: 10 }, () => ask(scene.port, `/${timestamp}`));
    for (const { status } of await Promise.all(asks)) t.is(status, 200);
    await ask(scene.port, `/${timestamp}`);
    t.is(upstream.asked.length, 1);
  });
});

test('a second server whose timestamp lags behind is not believed; the first may go back', async (t) => {
  const timestamp = 'metadata/timestamp.json';
  const files = new Map([[timestamp, metadata('timestamp', 5)]]);
  await using first = await upstreamServer(plainFiles(files));
  await using second = await upstreamServer(
    plainFiles(new Map([[timestamp, metadata('timestamp', 4)]])),
  );
  await caching(t, { upstreams: [first.url, second.url], freshMs: 0 }, async ({ scene }) => {
    const body = async (): Promise<string> =>
      (await ask(scene.port, `/${timestamp}`)).body.toString();
    t.regex(await body(), /"version":5/);
    files.set(timestamp, metadata('timestamp', 1));
    t.regex(await body(), /"version":1/);
    files.set(timestamp, metadata('timestamp', 5));
    t.regex(await body(), /"version":5/);
    await first.stop();
    t.regex(await body(), /"version":5/);
  });
});

test('who waited for a server that does not answer is not let wait for it again at once', async (t) => {
  const timestamp = 'metadata/timestamp.json';
  let isUp = true;
  let endedMs = 0;
  await using upstream = await upstreamServer((_request, response) => {
    if (isUp) response.end(metadata('timestamp', 1));
    // Longer than a timestamp counts as fresh for who wants no cache.
    else
      setTimeout(() => {
        endedMs = performance.now();
        response.destroy();
      }, 1_100);
    isUp = false;
  });
  await caching(t, { upstreams: [upstream.url], freshMs: 60_000 }, async ({ scene }) => {
    const uncached = { headers: { 'Cache-Control': 'no-cache' } };
    t.is((await ask(scene.port, `/${timestamp}`, uncached)).headers.warning, undefined);
    const stale = async () => (await ask(scene.port, `/${timestamp}`, uncached)).headers.warning;
    while ((await stale()) === undefined);
    let endedBeforeMs = 0;
    let length = 0;
    let warning: string | undefined;
    do {
      endedBeforeMs = endedMs;
      ({ length } = upstream.asked);
      warning = await stale();
      // After a second it is asked again, and rightly.
    } while (performance.now() - endedBeforeMs > 1_000);
    t.regex(warning ?? '', /Failed/);
    t.is(upstream.asked.length, length);
  });
});
