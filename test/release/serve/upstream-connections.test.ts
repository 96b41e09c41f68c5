import { randomBytes } from 'node:crypto';
import test from 'ava';
import { HTTP_LIMITS } from '../../../src/release/fetch/http-limits.ts';
import { caching, metadata, plainFiles, upstreamServer } from './caching.ts';
import { ask, targetPath } from './serve-scene.ts';

test('files that do not fit into the cache take no connection away from those that do', async (t) => {
  const small = Buffer.from('small');
  const large = Array.from({ length: 40 }, () => randomBytes(2_000_000));
  const files = new Map([small, ...large].map((bytes) => [targetPath('image.zst', bytes), bytes]));
  await using upstream = await upstreamServer(plainFiles(files));
  const limits = { upstreams: [upstream.url], limitBytes: 2 ** 20 } as const;
  await caching(t, limits, async ({ scene }) => {
    for (const bytes of large) {
      t.is((await ask(scene.port, `/${targetPath('image.zst', bytes)}`)).status, 507);
    }
    t.is((await ask(scene.port, `/${targetPath('image.zst', small)}`)).status, 200);
  });
});

test('while many images arrive, metadata does not wait for them', async (t) => {
  await using upstream = await upstreamServer((request, response) => {
    if (request.url?.startsWith('/targets/') === true) {
      response.writeHead(200, { 'Content-Length': 2 ** 20 });
      response.write('the rest comes never');
      return;
    }
    const [, version = '3', role = ''] = /(\d*)\.?([a-z]+)\.json$/.exec(request.url ?? '') ?? [];
    response.end(metadata(role, Number(version || '3')));
  });
  const options = { upstreams: [upstream.url], limits: HTTP_LIMITS } as const;
  await caching(t, options, async ({ scene }) => {
    const enough = new AbortController();
    const images = Array.from({ length: 40 }, (_, index) =>
      ask(scene.port, `/${targetPath('image.zst', Buffer.of(index))}`, {
        signal: enough.signal,
      }).catch(() => undefined),
    );
    for (const file of ['timestamp.json', '7.targets.json', '2.root.json']) {
      t.is((await ask(scene.port, `/metadata/${file}`)).status, 200, file);
    }
    enough.abort();
    await Promise.all(images);
  });
});
