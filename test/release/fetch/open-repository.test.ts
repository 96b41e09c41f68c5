import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { fetchToFile, type FetchFileRequest } from '../../../src/release/fetch/fetch-to-file.ts';
import { publishRelease } from '../../../src/release/repository/publish-release.ts';
import { setChannel } from '../../../src/release/repository/set-channel.ts';
import { haltRelease } from '../../../src/release/repository/halt-release.ts';
import { makeTestRelease } from '../../../src/release/repository/testing/test-release.ts';
import {
  later,
  makeTestRepository,
  NOW,
} from '../../../src/release/repository/testing/test-repository.ts';
import { mkdtempDisposable } from 'node:fs/promises';
import { originOf, serveFiles, type Handler } from './origin.ts';
import { QUICK } from './test-fetch.ts';

interface Scene extends AsyncDisposable {
  readonly directory: string;
  /** With 1.0.1 and 1.0.2; the channel `stable` is 1.0.2. */
  readonly today: string;
  /** With 1.0.1 only; `stable` is 1.0.1. */
  readonly yesterday: string;
  readonly digests: readonly [string, string];
  readonly fetch: (
    addresses: readonly string[],
    change?: Partial<FetchFileRequest> & { readonly now?: Date },
  ) => Promise<{ readonly digest: string }>;
  readonly cache: string;
  readonly halt: () => Promise<void>;
}

async function scene(): Promise<Scene> {
  const dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  const [today, yesterday, cache] = ['today', 'yesterday', 'cache'].map((name) =>
    path.join(dir.path, name),
  ) as [string, string, string];
  await mkdir(today);
  const publisher = await makeTestRepository(today);
  const publish = async (version: string): Promise<string> => {
    const { folder } = await makeTestRelease(dir.path, version, 1.5);
    const { digest } = await publishRelease({ ...publisher, folder, packs: [] });
    await setChannel({ ...publisher, channel: 'stable', release: digest });
    return digest;
  };
  const first = await publish('1.0.1');
  await cp(today, yesterday, { recursive: true });
  const second = await publish('1.0.2');
  return {
    directory: dir.path,
    today,
    yesterday,
    cache,
    digests: [first, second],
    fetch: async (addresses, { now = NOW, ...change } = {}) =>
      await fetchToFile({
        addresses,
        options: QUICK,
        trust: { kind: 'root', root: publisher.root, cache, now, allowExpired: false },
        name: 'stable',
        output: path.join(dir.path, 'out'),
        base: null,
        signal: AbortSignal.timeout(60_000),
        ...change,
      }),
    halt: async () => {
      await haltRelease({ ...publisher, release: second, reason: 'it does not start' });
    },
    [Symbol.asyncDispose]: async () => await dir.remove(),
  };
}

const metadataOf = (requests: readonly string[]): string[] =>
  requests.filter((line) => line.includes('/metadata/'));

test('a release is found by channel, version and digest', async (t) => {
  await using all = await scene();
  const { fetch, today, digests } = all;
  for (const name of ['stable', '1.0.2', digests[1]]) {
    t.is((await fetch([today], { name })).digest, digests[1]);
  }
  t.is((await fetch([today], { name: '1.0.1' })).digest, digests[0]);
  for (const name of ['1.0.3', 'beta', `sha256:${'0'.repeat(64)}`]) {
    await t.throwsAsync(fetch([today], { name }), { code: 'USAGE' });
  }
});

test('the next start asks only for the timestamp and whether there is a new root', async (t) => {
  await using all = await scene();
  const { fetch, today } = all;
  await using origin = await originOf(serveFiles(today));
  await fetch([origin.url]);
  const before = metadataOf(origin.requests).length;
  await fetch([origin.url]);
  t.deepEqual(metadataOf(origin.requests).slice(before), [
    'GET /metadata/2.root.json',
    'GET /metadata/timestamp.json',
  ]);
});

test('a mirror that is down is no obstacle, wherever it stands', async (t) => {
  await using all = await scene();
  const { fetch, today, digests } = all;
  const down = 'http://127.0.0.1:1/';
  for (const addresses of [
    [today, down],
    [down, today],
  ]) {
    t.is((await fetch(addresses)).digest, digests[1]);
  }
});

test('a server that was busy when it was asked for a new root is asked again', async (t) => {
  await using all = await scene();
  const { fetch, today, digests } = all;
  let asked = 0;
  await using origin = await originOf((request, response) => {
    asked += 1;
    if (asked > 1) return serveFiles(today)(request, response);
    response.writeHead(503).end();
  });
  t.is((await fetch([origin.url])).digest, digests[1]);
  t.is(origin.requests.filter((line) => line.includes('2.root.json')).length, 2);
});

test("yesterday's timestamp is refused by whoever has seen today's, and another mirror asked", async (t) => {
  await using all = await scene();
  const { fetch, today, yesterday, digests } = all;
  t.is((await fetch([yesterday])).digest, digests[0]);
  t.is((await fetch([today])).digest, digests[1]);
  await t.throwsAsync(fetch([yesterday]), { code: 'UNTRUSTED', message: /timestamp\.json brings/ });
  t.is((await fetch([yesterday, today])).digest, digests[1]);
});

test("a cache on the way that serves yesterday's timestamp is passed by", async (t) => {
  await using all = await scene();
  const { fetch, today, yesterday, digests } = all;
  const stale: Handler = (request, response) => {
    const isCached =
      (request.url ?? '').endsWith('timestamp.json') &&
      request.headers['cache-control'] !== 'no-cache';
    return serveFiles(isCached ? yesterday : today)(request, response);
  };
  await using cdn = await originOf(stale);
  await fetch([today]);
  t.is((await fetch([cdn.url])).digest, digests[1]);
});

test('metadata that was changed on one mirror is fetched from the next', async (t) => {
  await using all = await scene();
  const { fetch, today, digests } = all;
  const changed: Handler = async (request, response) => {
    if (!/\d\.targets\.json$/.test(request.url ?? '')) return serveFiles(today)(request, response);
    const bytes = await readFile(path.join(today, request.url ?? ''));
    response.writeHead(200).end(bytes.toString().replace('1', '2'));
  };
  await using bad = await originOf(changed);
  await t.throwsAsync(fetch([bad.url]), { code: 'UNTRUSTED' });
  t.is((await fetch([bad.url, today])).digest, digests[1]);
});

test('metadata past its end is refused', async (t) => {
  await using all = await scene();
  const { fetch, today } = all;
  await t.throwsAsync(fetch([today], { now: later(8) }), {
    code: 'UNTRUSTED',
    message: /ended at/,
  });
});

test('a clock that is years behind counts from the last trusted timestamp', async (t) => {
  await using all = await scene();
  const { fetch, today, digests } = all;
  await t.throwsAsync(fetch([today], { now: later(-800) }), { code: 'UNTRUSTED' });
  await fetch([today]);
  t.is((await fetch([today], { now: later(-800) })).digest, digests[1]);
});

const damages: readonly [string, (cache: string) => Promise<void>][] = [
  [
    'a state that is no JSON',
    async (cache) => await writeFile(path.join(cache, 'current/state.json'), '{'),
  ],
  [
    'metadata of zeros',
    async (cache) => {
      for (const name of await readdir(path.join(cache, 'current'))) {
        if (name !== 'state.json')
          await writeFile(path.join(cache, 'current', name), Buffer.alloc(99));
      }
    },
  ],
  [
    'a link to nothing',
    async (cache) => {
      for (const name of await readdir(cache)) {
        if (name.startsWith('set-')) await rm(path.join(cache, name), { recursive: true });
      }
    },
  ],
];

for (const [title, damage] of damages) {
  test(`${title} in the cache is no obstacle: trust starts from the root`, async (t) => {
    await using all = await scene();
    const { fetch, today, cache, digests } = all;
    await fetch([today]);
    await damage(cache);
    t.is((await fetch([today])).digest, digests[1]);
    t.is((await fetch([today])).digest, digests[1]);
  });
}

test('a time in the cache that is none does not make old metadata new', async (t) => {
  await using all = await scene();
  const { fetch, today, cache } = all;
  await fetch([today]);
  const file = path.join(cache, 'current', 'state.json');
  const state = await readFile(file, 'utf8');
  const changed = state.replace(/"issuedAfter":\d+/, '"issuedAfter":8640000000000001');
  t.not(changed, state);
  await writeFile(file, changed);
  await t.throwsAsync(fetch([today], { now: later(30) }), { code: 'UNTRUSTED' });
});

test('what a crash left in the cache is removed by the next set', async (t) => {
  await using all = await scene();
  const { fetch, today, yesterday, cache } = all;
  await mkdir(path.join(cache, 'set-crashed'), { recursive: true });
  await writeFile(path.join(cache, 'set-crashed.link'), '');
  await fetch([yesterday]);
  await fetch([today]);
  t.is((await readdir(cache)).length, 2);
});

test('a release that was halted is not fetched', async (t) => {
  await using all = await scene();
  const { fetch, today, halt } = all;
  await halt();
  await t.throwsAsync(fetch([today]), { code: 'RELEASE_HALTED', message: /was halted/ });
});

test('a base that is no file is refused, and not waited for', async (t) => {
  await using all = await scene();
  const { fetch, today } = all;
  for (const base of ['/dev/null', all.directory, path.join(all.directory, 'none')]) {
    await t.throwsAsync(fetch([today], { base }), { code: 'USAGE', message: /is no file/ });
  }
});
