import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';
import { initRepository } from '../../src/release/repository/init-repository.ts';
import type { Publisher } from '../../src/release/repository/publisher.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { readBytes } from '../../src/release/repository/read-bytes.ts';
import { refreshRepository } from '../../src/release/repository/refresh-repository.ts';
import { rotateKeys } from '../../src/release/repository/rotate-keys.ts';
import { serverStore, type ServerStoreOptions } from '../../src/release/repository/server-store.ts';
import { testKey } from '../../src/release/repository/testing/test-keys.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import {
  keySet,
  testPublisher,
  testRoot,
} from '../../src/release/repository/testing/test-repository.ts';
import { verifyPublished } from '../../src/release/repository/verify-published.ts';
import { DEFAULT_LIMITS } from '../../src/release/serve/serve-limits.ts';
import { serveRepository } from '../../src/release/serve/serve-repository.ts';

const TOKEN = 'a-token-of-more-than-thirty-two-characters';

interface Served extends AsyncDisposable {
  readonly folder: string;
  readonly publisher: Awaited<ReturnType<typeof testPublisher>>;
  readonly storeWith: (change: Partial<ServerStoreOptions>) => Publisher['store'];
}

/** `kubeos serve` of an empty directory that takes uploads, and an empty repository made through it. */
async function served(t: ExecutionContext, isTls = false): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await mkdtempDisposable(path.join(tmpdir(), 'kubeos-server-')));
  const file = (name: string): string => path.join(dir.path, name);
  const now = new Date();
  const root = await testRoot(now);
  await mkdir(file('repository'));
  await writeFile(file('token'), TOKEN);
  await writeFile(file('root.json'), root);
  if (isTls) await makeCertificate(dir.path);
  const server = stack.use(
    await serveRepository(
      {
        directory: file('repository'),
        listen: { host: '127.0.0.1', port: 0 },
        metricsListen: null,
        tls: isTls
          ? {
              certificate: file('cert.pem'),
              key: file('key.pem'),
              clientAuthority: null,
              isReadAnonymous: true,
            }
          : null,
        limits: DEFAULT_LIMITS,
        upload: {
          rights: { tokenFile: file('token'), certificateNames: [] },
          rootFile: file('root.json'),
        },
        cache: null,
      },
      { logAccess: () => undefined, reportFault: (error) => t.fail(String(error)) },
    ),
  );
  const scheme = isTls ? 'https' : 'http';
  const address = new URL(`${scheme}://127.0.0.1:${server.address.port}`);
  const tls = isTls ? { ca: await readFile(file('cert.pem')) } : {};
  const storeWith: Served['storeWith'] = (change) =>
    serverStore({ address, token: TOKEN, tls, proxy: {}, ...change });
  const publisher = await testPublisher(storeWith({}), { now, root });
  stack.defer(async () => await publisher.store.close());
  await initRepository(publisher);
  const moved = stack.move();
  return {
    folder: dir.path,
    publisher,
    storeWith,
    [Symbol.asyncDispose]: async () => await moved.disposeAsync(),
  };
}

async function makeCertificate(folder: string): Promise<void> {
  const { signal } = new AbortController();
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext';
  const files = ['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')];
  const args = [...words.split(' '), 'subjectAltName=IP:127.0.0.1', ...files];
  await hostCommands({ signal }).run({ tool: 'openssl', args });
}

for (const isTls of [false, true]) {
  test(`a release is published to kubeos serve over ${isTls ? 'HTTPS' : 'HTTP'}, and keys are replaced`, async (t) => {
    await using scene = await served(t, isTls);
    const { publisher, folder } = scene;
    const release = await makeTestRelease(folder, '1.0.0', 0.3);
    const request = { ...publisher, folder: release.folder, packs: [] };
    t.true((await publishRelease(request)).isChanged);
    t.false((await publishRelease(request)).isChanged);
    const signers = ['root-a', 'root-b', 'timestamp', 'snapshot', 'new'].map(testKey);
    await rotateKeys({ ...publisher, signers, role: 'timestamp', keys: keySet(['new']) });
    const found = await verifyPublished({ ...publisher, depth: 'bytes' });
    t.deepEqual(found.complete, [release.digest]);
    t.is(found.repository.root.version, 2);
  });
}

test('what was spoilt on a server is put back by publishing again over HTTP', async (t) => {
  await using scene = await served(t);
  const { publisher, folder } = scene;
  const release = await makeTestRelease(folder, '1.0.0', 0.3);
  const request = { ...publisher, folder: release.folder, packs: [] };
  const [listed] = (await publishRelease(request)).repository.releases;
  const image = path.join(folder, 'repository', listed?.image.path ?? '');
  await writeFile(image, (await readFile(image)).fill(0, 100, 200));
  t.true((await publishRelease(request)).isChanged);
  const bytes = await readFile(image);
  t.true(bytes.equals(await readFile(path.join(release.folder, 'image.zst'))));
});

test('two publishers over HTTP at once: one is told that the other was faster, and its repeat succeeds', async (t) => {
  await using scene = await served(t);
  const { publisher, folder } = scene;
  const releases = await Promise.all(
    ['1.0.0', '1.0.1'].map(async (version) => await makeTestRelease(folder, version, 0.1)),
  );
  const publish = async (index: number) =>
    await publishRelease({ ...publisher, folder: releases[index]?.folder ?? '', packs: [] });
  const results = await Promise.allSettled([publish(0), publish(1)]);
  for (const [index, { status }] of results.entries()) {
    if (status === 'rejected') await publish(index);
  }
  const found = await verifyPublished({ ...publisher, depth: 'bytes' });
  t.is(found.complete.length, 2);
});

test('a server refuses who has no token, and takes no metadata of another root', async (t) => {
  await using scene = await served(t);
  const { publisher, storeWith } = scene;
  const stranger = storeWith({ token: 'another-token-of-more-than-thirty-two-characters' });
  await t.throwsAsync(refreshRepository({ ...publisher, store: stranger }), {
    code: 'USAGE',
    message: /token/,
  });
  await using session = await publisher.store.begin();
  await t.throwsAsync(session.commit(Buffer.from('{}'), null), { code: 'USAGE' });
  await t.throwsAsync(session.list(), { code: 'USAGE' });
  await stranger.close();
});

test('an answer that stops in the middle is told as a fault of the network', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('not all', () => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const address = new URL(`http://127.0.0.1:${port}/`);
  const store = serverStore({ address, token: TOKEN, tls: {}, proxy: {} });
  await t.throwsAsync(readBytes(store, 'metadata/timestamp.json', 1000), { code: 'NETWORK' });
  await store.close();
  server.close();
});

test('a token is not sent in the clear, and a server that is not there is told', async (t) => {
  const options = { token: TOKEN, tls: {}, proxy: {} };
  t.throws(() => serverStore({ ...options, address: new URL('http://images.example') }), {
    code: 'USAGE',
  });
  const store = serverStore({ ...options, address: new URL('http://127.0.0.1:1/') });
  await t.throwsAsync(store.size('metadata/timestamp.json'), { code: 'NETWORK' });
  await store.close();
});
