import { createHash } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { serveArchive } from '../../../test/serve-archive.ts';
import { KubeosError } from '../../errors.ts';
import { fetchLockedPackages } from './fetch-locked-packages.ts';
import type { FetchProgress, FetchRequest } from './fetch-locked-packages.ts';
import type { LockedAptBase } from './lock-schema.ts';

const signal = new AbortController().signal;
const FILES = [
  ['libplus++', '1:2.0-1+b1', 'pool/main/libplus++_2.0-1+b1_amd64.deb'],
  ['always', '1.0', 'pool/main/always_1.0_all.deb'],
] as const;

async function lockedBase(uri: string): Promise<LockedAptBase> {
  const archive = new URL('../../../fixtures/inventory/apt-archive/', import.meta.url);
  const packages = FILES.map(async ([name, version, file]) => {
    const bytes = await readFile(new URL(file, archive));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { name, version, arch: 'all', size: bytes.length, sha256, file, source: 0 };
  });
  const source = { suite: 'test', components: ['main'], date: '2026-01-03T10:20:30Z' };
  return {
    type: 'apt',
    suite: 'test',
    sources: [{ ...source, uri, sha256: '0'.repeat(64) }],
    requested: [],
    packages: await Promise.all(packages),
  };
}

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  return await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
}

test('fetches each package once, and reads it from the cache afterwards', async (t) => {
  await using archive = await serveArchive();
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  const seen: FetchProgress[] = [];
  const progress = (one: FetchProgress): void => void seen.push(one);
  const request: FetchRequest = { base, cacheDirectory: cache.path, signal, progress };
  const [first, second] = [await fetchLockedPackages(request), await fetchLockedPackages(request)];
  t.deepEqual(first, second);
  t.deepEqual(
    first.map((one) => one.name),
    ['libplus++', 'always'],
  );
  t.is((await stat(first[0]?.path ?? '')).size, base.packages[0]?.size ?? 0);
  t.is(archive.requests.length, 2);
  t.is(seen[1]?.doneBytes, seen[1]?.totalBytes);
});

test('fetches a package again whose bytes in the cache are damaged', async (t) => {
  await using archive = await serveArchive();
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  const request: FetchRequest = { base, cacheDirectory: cache.path, signal };
  const [one] = await fetchLockedPackages(request);
  const whole = await readFile(one?.path ?? '');
  await writeFile(one?.path ?? '', whole.subarray(0, 100));
  await fetchLockedPackages(request);
  t.deepEqual(await readFile(one?.path ?? ''), whole);
});

test('goes on where a connection broke off, as often as each brings more', async (t) => {
  const ranges: (string | undefined)[] = [];
  let size = 0;
  await using cache = await temporary();
  await using archive = await serveArchive((request, response, file) => {
    if (request.url?.includes('always') !== true) return false;
    ranges.push(request.headers.range);
    size = file.length;
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      // Or the next request may go out on this one, and is lost with it.
      ...{ 'content-length': size - from, connection: 'close' },
    });
    response.write(file.subarray(from, from + 100));
    const breakOff = async (): Promise<void> => {
      await untilKept(cache.path, from + 100);
      response.socket?.end();
    };
    if (from + 100 < size) void breakOff();
    return true;
  });
  const { packages, ...base } = await lockedBase(archive.uri);
  const one = { ...base, packages: packages.slice(1) };
  await fetchLockedPackages({ base: one, cacheDirectory: cache.path, signal });
  const goingOn = Array.from({ length: Math.ceil(size / 100) - 1 }, (_, index) => index + 1);
  t.true(goingOn.length > 4);
  t.deepEqual(ranges, [undefined, ...goingOn.map((hundreds) => `bytes=${hundreds}00-`)]);
});

/** Where a connection ends before its end, fetch drops what it has received and nobody has read yet. */
async function untilKept(directory: string, bytes: number): Promise<void> {
  for (;;) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = files.map(
      async (file) => (await stat(path.join(file.parentPath, file.name))).size,
    );
    if (Math.max(...(await Promise.all(sizes))) >= bytes) return;
    await setTimeout(1);
  }
}

test('starts again when the server does not know Range', async (t) => {
  let count = 0;
  await using archive = await serveArchive((request, response, file) => {
    count += 1;
    if (count > 2) return false;
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, 300), () => response.destroy());
    return true;
  });
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  await t.notThrowsAsync(fetchLockedPackages({ base, cacheDirectory: cache.path, signal }));
});

test('says which mirrors keep a version that is gone', async (t) => {
  await using archive = await serveArchive((_, response) => {
    response.writeHead(404).end();
    return true;
  });
  await using cache = await temporary();
  const base = await lockedBase(`${archive.uri}/debian-security/`);
  const error = await t.throwsAsync(
    fetchLockedPackages({ base, cacheDirectory: cache.path, signal }),
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'NETWORK');
  t.regex(error.message, /no longer has (?:libplus\+\+ 1:2\.0-1\+b1|always 1\.0)/);
  t.regex(error.hint ?? '', /snapshot\.debian\.org\/archive\/debian-security\/20260103T102030Z/);
});

test('refuses bytes that are not the locked ones, and keeps nothing of them', async (t) => {
  await using archive = await serveArchive((_, response, file) => {
    response.end(Buffer.alloc(file.length));
    return true;
  });
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  const error = await t.throwsAsync(
    fetchLockedPackages({ base, cacheDirectory: cache.path, signal }),
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'LOCK_MISMATCH');
  t.deepEqual(await readdir(cache.path), []);
});

test('stops reading a server that sends without end', async (t) => {
  await using archive = await serveArchive((_, response, file) => {
    response.write(Buffer.concat([file, file]));
    return true;
  });
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  const error = await t.throwsAsync(
    fetchLockedPackages({ base, cacheDirectory: cache.path, signal }),
    { instanceOf: KubeosError },
  );
  t.regex(error.message, /more than the \d+ bytes expected/);
});

test('stops at once when it is cancelled, and leaves no half file', async (t) => {
  const controller = new AbortController();
  await using archive = await serveArchive((_, response, file) => {
    response.write(file.subarray(0, 10), () => {
      controller.abort();
    });
    return true;
  });
  await using cache = await temporary();
  const base = await lockedBase(archive.uri);
  const request = { base, cacheDirectory: cache.path, signal: controller.signal };
  const error = await t.throwsAsync(fetchLockedPackages(request), { instanceOf: KubeosError });
  t.is(error.code, 'CANCELLED');
  t.deepEqual(await readdir(cache.path), []);
});

test('names the reason when nobody answers', async (t) => {
  await using cache = await temporary();
  const base = await lockedBase('http://127.0.0.1:9');
  const error = await t.throwsAsync(
    fetchLockedPackages({ base, cacheDirectory: cache.path, signal }),
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'NETWORK');
  t.regex(
    error.message,
    /cannot fetch http:\/\/127\.0\.0\.1:9\/pool.*: .*(?:ECONNREFUSED|bad port)/,
  );
});
