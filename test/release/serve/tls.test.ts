import { once } from 'node:events';
import { cp, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:net';
import test from 'ava';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { serveRepository, type ServeOptions } from '../../../src/release/serve/serve-repository.ts';
import { renewTls } from '../../../src/release/serve/tls-files.ts';
import { makeAuthority, makeCertificate, type KeyPair } from './certificates.ts';
import { addFile } from './serve-scene.ts';
import { signedRepository } from './signed-repository.ts';

interface TlsScene {
  readonly folder: string;
  readonly directory: string;
  readonly authority: KeyPair;
  readonly server: KeyPair;
  readonly publisher: KeyPair;
  readonly node: KeyPair;
  readonly repository: ReturnType<typeof signedRepository>;
}

async function tlsScene(check: (scene: TlsScene) => Promise<void>): Promise<void> {
  await using made = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-tls-'));
  const folder = made.path;
  const directory = path.join(folder, 'repository');
  const repository = signedRepository();
  for (const [file, bytes] of repository.state(1)) await addFile(directory, file, bytes);
  const authority = makeAuthority(folder, 'authority');
  await check({
    folder,
    directory,
    authority,
    server: makeCertificate(folder, 'server', authority),
    publisher: makeCertificate(folder, 'publisher', authority),
    node: makeCertificate(folder, 'node', authority),
    repository,
  });
}

function optionsOf({ directory, server }: TlsScene, more: Partial<ServeOptions>): ServeOptions {
  return {
    directory,
    listen: { host: '127.0.0.1', port: 0 },
    metricsListen: null,
    tls: { ...server, clientAuthority: null, isReadAnonymous: false },
    limits: DEFAULT_LIMITS,
    upload: null,
    cache: null,
    ...more,
  };
}

const effects = { logAccess: () => undefined, reportFault: () => undefined };

/** @returns the status, or the code of the failure */
async function statusOf(
  { authority }: TlsScene,
  { port, client, ...options }: RequestOptions & { readonly client?: KeyPair },
): Promise<number | string> {
  const own =
    client === undefined
      ? {}
      : { cert: await readFile(client.certificate), key: await readFile(client.key) };
  const ca = await readFile(authority.certificate);
  return await new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, agent: false, ca, ...own, ...options },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    asked.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    asked.end();
  });
}

test('a repository is served by TLS 1.2 and later, and not by plain HTTP', async (t) => {
  await tlsScene(async (scene) => {
    await using served = await serveRepository(optionsOf(scene, {}), effects);
    const { port } = served.address;
    const target = { port, path: '/metadata/timestamp.json' };
    t.is(await statusOf(scene, target), 200);
    t.is(await statusOf(scene, { ...target, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }), 200);
    const old = {
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    t.is(typeof (await statusOf(scene, { ...target, ...old })), 'string');
    t.is(await statusOf(scene, { ...target, ca: [] }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});

test('with an authority for clients only those with its certificates are served', async (t) => {
  await tlsScene(async (scene) => {
    const clientAuthority = scene.authority.certificate;
    const tls = { ...scene.server, clientAuthority, isReadAnonymous: false };
    await using served = await serveRepository(optionsOf(scene, { tls }), effects);
    const { port } = served.address;
    const target = { port, path: '/metadata/timestamp.json' };
    t.is(await statusOf(scene, { ...target, client: scene.node }), 200);
    t.is(typeof (await statusOf(scene, target)), 'string');
    const other = makeAuthority(scene.folder, 'other');
    const foreign = makeCertificate(scene.folder, 'foreign', other);
    t.is(typeof (await statusOf(scene, { ...target, client: foreign })), 'string');
  });
});

test('who uploads is known by the name in the certificate; reading can be for everyone', async (t) => {
  await tlsScene(async (scene) => {
    const clientAuthority = scene.authority.certificate;
    const tls = { ...scene.server, clientAuthority, isReadAnonymous: true };
    const upload = {
      rights: { tokenFile: null, certificateNames: ['publisher'] },
      rootFile: null,
    };
    await using served = await serveRepository(optionsOf(scene, { tls, upload }), effects);
    const { port } = served.address;
    t.is(await statusOf(scene, { port, path: '/metadata/timestamp.json' }), 200);
    const commit = { port, path: `/upload/${'0'.repeat(32)}/commit`, method: 'POST' };
    t.is(await statusOf(scene, commit), 401);
    t.is(await statusOf(scene, { ...commit, client: scene.node }), 401);
    const foreign = makeCertificate(scene.folder, 'publisher2', makeAuthority(scene.folder, 'x'));
    t.is(await statusOf(scene, { ...commit, client: foreign }), 401);
    t.is(await statusOf(scene, { ...commit, client: scene.publisher }), 404);
  });
});

test('a connection that never finishes its handshake is closed', async (t) => {
  await tlsScene(async (scene) => {
    const limits = { ...DEFAULT_LIMITS, headerMs: 500 };
    await using served = await serveRepository(optionsOf(scene, { limits }), effects);
    const socket = connect(served.address.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket.resume(), 'close');
    t.pass();
  });
});

test('a renewed certificate is taken without a restart, and one that does not fit is told', async (t) => {
  await tlsScene(async (scene) => {
    const files = { ...scene.server, clientAuthority: null, isReadAnonymous: false };
    const faults: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const reportFault = (error: unknown): void => void faults.push(error);
    using renewal = renewTls(files, resolve, { everyMs: 20, reportFault });
    // It has looked at how they are.
    await new Promise((next) => setTimeout(next, 100));
    await writeFile(files.certificate, 'half of a file');
    while (faults.length === 0) await new Promise((next) => setImmediate(next));
    const renewed = makeCertificate(scene.folder, 'renewed', scene.authority);
    await cp(renewed.certificate, files.certificate);
    await cp(renewed.key, files.key);
    t.like(await promise, { cert: await readFile(renewed.certificate) });
    t.truthy(renewal);
  });
});

test('certificates that do not belong together are refused at the start', async (t) => {
  await tlsScene(async (scene) => {
    const tls = {
      certificate: scene.server.certificate,
      key: scene.node.key,
      clientAuthority: null,
      isReadAnonymous: false,
    };
    await t.throwsAsync(serveRepository(optionsOf(scene, { tls }), effects), { code: 'USAGE' });
  });
});
