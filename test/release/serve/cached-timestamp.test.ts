import test from 'ava';
import { caching, metadata, plainFiles, upstreamServer } from './caching.ts';
import { ask } from './serve-scene.ts';

test('the timestamp is asked for anew when it is old, and stays with its age where no server answers', async (t) => {
  const timestamp = 'metadata/timestamp.json';
  const files = new Map([[timestamp, metadata('timestamp', 1)]]);
  await using upstream = await upstreamServer(plainFiles(files));
  await caching(t, { upstreams: [upstream.url], freshMs: 0 }, async ({ scene }) => {
    const first = await ask(scene.port, `/${timestamp}`);
    t.is(first.headers['cache-control'], 'no-cache');
    t.is(first.headers.age, '0');
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
