import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { BaseProgress } from '../base.ts';
import { writeOciBase } from '../oci-base.ts';
import { testRequest } from '../testing/base-request.ts';
import { listenLocally } from '../testing/listen-locally.ts';
import { startRegistry } from '../testing/start-registry.ts';
import { startTokenServer } from '../testing/start-token-server.ts';
import { blobFile, type TestManifest, writeTestLayout } from '../testing/write-test-image.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-registry-'));
const base = (image: string) => ({ type: 'oci', image }) as const;

const LAYERS = [
  [
    { name: 'etc/', type: 'directory' },
    { name: 'etc/one', content: 'x'.repeat(100_000) },
  ],
  [{ name: 'etc/two', content: 'two' }, { name: 'etc/.wh.one' }],
] as const;

interface Local {
  readonly layout: string;
  readonly manifest: TestManifest;
  /** What the same image from disk becomes. */
  readonly expected: Buffer;
}

async function localImage(directory: string): Promise<Local> {
  const layout = path.join(directory, 'image');
  const manifest = await writeTestLayout(layout, { layers: LAYERS });
  const request = await testRequest(base('image'), directory, 'local');
  await writeOciBase(request);
  return { layout, manifest, expected: await readFile(request.output) };
}

async function push(directory: string, target: string, credentials?: string): Promise<void> {
  const { commands } = await testRequest(base('image'), directory, 'push');
  const login = credentials === undefined ? [] : [`--dest-creds=${credentials}`];
  const args = [
    '--insecure-policy',
    'copy',
    '--dest-tls-verify=false',
    '--preserve-digests',
    ...login,
  ];
  const source = `oci:${path.join(directory, 'image')}:test`;
  const environment = { TMPDIR: directory, HOME: directory };
  await commands.run({
    tool: 'skopeo',
    args: [...args, source, `docker://${target}`],
    environment,
  });
}

test('fetches an image from a registry, and tells how far it is', async (t) => {
  await using scratch = await temporary();
  const { manifest, expected } = await localImage(scratch.path);
  await using registry = await startRegistry(path.join(scratch.path, 'registry'));
  await push(scratch.path, `${registry.address}/team/app:1`);
  const image = `${registry.address}/team/app:1@${manifest.digest}`;
  const seen: BaseProgress[] = [];
  const progress = (one: BaseProgress) => void seen.push(one);
  const request = { ...(await testRequest(base(image), scratch.path)), progress };

  const { inputs } = await writeOciBase(request);

  t.true((await readFile(request.output)).equals(expected));
  t.deepEqual(inputs, [{ uri: image, sha256: manifest.digest.slice(7), name: 'app:1' }]);
  const size = manifest.layers[0]?.size ?? 0;
  const last = seen.findLast(({ subject }) => subject === 'layer 1 of 2');
  t.deepEqual(last, { subject: 'layer 1 of 2', doneBytes: size, totalBytes: size });
  const unknown = base(`${registry.address}/team/app@sha256:${'0'.repeat(64)}`);
  const missing = await testRequest(unknown, scratch.path, 'missing');
  await t.throwsAsync(writeOciBase(missing), { code: 'NETWORK', message: /answered 404/ });
});

test('gets a token from the realm of a registry, with credentials or without', async (t) => {
  await using scratch = await temporary();
  const { manifest, expected } = await localImage(scratch.path);
  await using tokens = await startTokenServer(scratch.path, {
    publicName: 'team/public',
    login: 'me:secret',
  });
  const extra = { auth: { token: tokens.registryConfiguration } };
  await using registry = await startRegistry(path.join(scratch.path, 'registry'), extra);
  const registryCredentials = path.join(scratch.path, 'config.json');
  const auth = Buffer.from('me:secret').toString('base64');
  await writeFile(registryCredentials, JSON.stringify({ auths: { [registry.address]: { auth } } }));
  const made = async (name: string, more: object) => {
    const image = `${registry.address}/team/${name}@${manifest.digest}`;
    const request = { ...(await testRequest(base(image), scratch.path, `of-${name}`)), ...more };
    await writeOciBase(request);
    return await readFile(request.output);
  };
  for (const name of ['public', 'private']) {
    await push(scratch.path, `${registry.address}/team/${name}:1`, 'me:secret');
  }

  t.true((await made('public', {})).equals(expected));
  t.true((await made('private', { registryCredentials })).equals(expected));
  const error = await t.throwsAsync(made('private', {}), {
    code: 'NETWORK',
    message: /answered 401/,
  });
  t.regex(JSON.stringify(error), /docker login/);
});

test('answers Basic authentication with the credentials', async (t) => {
  await using scratch = await temporary();
  const { manifest, expected } = await localImage(scratch.path);
  const htpasswd = path.join(scratch.path, 'htpasswd');
  // The password is "secret".
  await writeFile(htpasswd, 'me:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n');
  const extra = { auth: { htpasswd: { realm: 'test', path: htpasswd } } };
  await using registry = await startRegistry(path.join(scratch.path, 'registry'), extra);
  await push(scratch.path, `${registry.address}/app:1`, 'me:secret');
  const registryCredentials = path.join(scratch.path, 'config.json');
  const auth = Buffer.from('me:secret').toString('base64');
  const auths = { [`https://${registry.address}/v2/`]: { auth } };
  await writeFile(registryCredentials, JSON.stringify({ auths }));
  const request = await testRequest(
    base(`${registry.address}/app@${manifest.digest}`),
    scratch.path,
  );

  await t.throwsAsync(writeOciBase(request), { code: 'NETWORK', message: /answered 401/ });
  await writeOciBase({ ...request, registryCredentials });

  t.true((await readFile(request.output)).equals(expected));
});

/** A registry of files that does what `fault` says before it answers as it should. */
async function serveLayout(layout: string, fault: RequestListener) {
  const server = createServer((request, response) => {
    fault(request, response);
    if (response.writableEnded || response.destroyed) return;
    const digest =
      /\/(?:manifests|blobs)\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? '')?.[1] ?? '';
    readFile(blobFile(layout, digest)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  return await listenLocally(server);
}

test('goes through broken connections and busy servers', async (t) => {
  await using scratch = await temporary();
  const { layout, manifest, expected } = await localImage(scratch.path);
  const asked = new Map<string, number>();
  await using server = await serveLayout(layout, ({ url = '' }, response) => {
    asked.set(url, (asked.get(url) ?? 0) + 1);
    if (asked.get(url) === 1) response.writeHead(503).end();
    if (asked.get(url) === 2) {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('x');
      setImmediate(() => response.destroy());
      response.end = () => response;
    }
  });
  const request = await testRequest(base(`${server.address}/app@${manifest.digest}`), scratch.path);
  await writeOciBase(request);
  t.true((await readFile(request.output)).equals(expected));
});

test('does not take other bytes, or more bytes, than the image names', async (t) => {
  await using scratch = await temporary();
  const { layout, manifest } = await localImage(scratch.path);
  const { digest, size } = manifest.layers[0] ?? manifest;
  for (const [name, sent] of [
    ['other', 'x'.repeat(size)],
    ['more', 'x'.repeat(size + 1)],
  ] as const) {
    await using server = await serveLayout(layout, ({ url = '' }, response) => {
      if (url.endsWith(digest)) response.end(sent);
    });
    const image = `${server.address}/app@${manifest.digest}`;
    const request = await testRequest(base(image), scratch.path, name);
    await t.throwsAsync(writeOciBase(request), {
      code: 'BUILD_CHECK_FAILED',
      message: /^layer 1 of 2 is /,
    });
    await t.throwsAsync(readFile(request.output), { code: 'ENOENT' });
  }
});

test('keeps credentials from the storage server to which a registry redirects', async (t) => {
  await using scratch = await temporary();
  const { layout, manifest, expected } = await localImage(scratch.path);
  const given: (string | undefined)[] = [];
  await using storage = await serveLayout(
    layout,
    ({ headers }) => void given.push(headers.authorization),
  );
  await using server = await serveLayout(layout, ({ url = '', headers }, response) => {
    if (headers.authorization === undefined) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
    } else if (url.includes('/blobs/')) {
      response.writeHead(307, { Location: `http://${storage.address}${url}` }).end();
    }
  });
  const registryCredentials = path.join(scratch.path, 'config.json');
  await writeFile(
    registryCredentials,
    JSON.stringify({ auths: { [server.address]: { auth: 'bWU6c2VjcmV0' } } }),
  );
  const image = base(`${server.address}/app@${manifest.digest}`);
  const request = { ...(await testRequest(image, scratch.path)), registryCredentials };
  await writeOciBase(request);
  t.true((await readFile(request.output)).equals(expected));
  t.deepEqual(given, [undefined, undefined, undefined]);
});

test('says that nobody answers, and where', async (t) => {
  await using scratch = await temporary();
  const { manifest } = await localImage(scratch.path);
  const request = await testRequest(base(`127.0.0.1:1/app@${manifest.digest}`), scratch.path);
  await t.throwsAsync(writeOciBase(request), {
    code: 'NETWORK',
    message: /of app from 127\.0\.0\.1:1: /,
  });
});
