import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { runServeCommand } from '../../../src/cli/commands/serve.ts';
import type { KubeosError } from '../../../src/errors.ts';
import { addFile, ask } from './serve-scene.ts';
import { signedRepository } from './signed-repository.ts';

/** What yargs would give, with the defaults of the command table. */
const DEFAULTS = {
  json: false,
  listen: '127.0.0.1:0',
  anonymousRead: false,
  uploadWithoutTls: false,
  cacheSize: 20,
  freshSeconds: 30,
  accessLog: 'text',
  maxConnections: 2048,
  idleSeconds: 60,
  headerSeconds: 10,
  stopSeconds: 30,
  maxUploadSize: 8,
};

/** The command until it serves. */
async function start(args: Readonly<Record<string, unknown>>) {
  const controller = new AbortController();
  const stdout = new PassThrough().setEncoding('utf8');
  const stderr = new PassThrough().setEncoding('utf8');
  const done = runServeCommand(
    { ...DEFAULTS, ...args },
    {
      signal: controller.signal,
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: stderr as unknown as NodeJS.WriteStream,
    },
  );
  const ready = new Promise<string>((resolve) => stderr.once('data', resolve));
  return { done, ready, stdout, stop: () => controller.abort('SIGTERM') };
}

async function failureOf(args: Readonly<Record<string, unknown>>): Promise<KubeosError> {
  const { done } = await start(args);
  return (await done.then(
    () => undefined,
    (error: unknown) => error,
  )) as KubeosError;
}

test('it says where it serves, writes a line for each request, and ends well when it is told to', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-command-'));
  await addFile(folder.path, 'metadata/timestamp.json', '{}');
  const command = await start({
    directory: folder.path,
    json: true,
    metricsListen: '127.0.0.1:0',
  });
  const ready = JSON.parse(await command.ready) as { url: string; metricsUrl: string };
  const port = Number(new URL(ready.url).port);
  t.is((await ask(port, '/metadata/timestamp.json')).status, 200);
  t.is((await ask(Number(new URL(ready.metricsUrl).port), '/metrics')).status, 200);
  command.stop();
  t.is(await command.done, 0);
  t.like(JSON.parse(String(command.stdout.read())), {
    status: 200,
    path: '/metadata/timestamp.json',
  });
});

test('uploads are taken with a token and a root, and what a killed server left half is removed', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-command-'));
  const directory = path.join(folder.path, 'repository');
  const session = path.join(directory, '.staging', 'a'.repeat(32));
  await mkdir(session, { recursive: true });
  await writeFile(path.join(session, 'part-1'), 'half');
  const uploadToken = path.join(folder.path, 'token');
  const trustedRoot = path.join(folder.path, 'root.json');
  await writeFile(uploadToken, 'x'.repeat(40));
  await writeFile(trustedRoot, signedRepository().root);
  const command = await start({ directory, uploadToken, trustedRoot });
  const [url = ''] = /http:\S+/.exec(await command.ready) ?? [];
  const answer = await ask(Number(new URL(url).port), `/upload/${'b'.repeat(32)}/commit`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${'x'.repeat(40)}` },
  });
  t.is(answer.status, 404);
  t.deepEqual(await readdir(session), []);
  command.stop();
  t.is(await command.done, 0);
});

test('options that do not fit together are refused before anything is served', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-command-'));
  const directory = folder.path;
  const token = path.join(directory, 'token');
  await writeFile(token, 'short');
  const wrong: readonly (readonly [RegExp, Readonly<Record<string, unknown>>])[] = [
    [/is no address/, { listen: 'here' }],
    [/is no address/, { listen: 'host:99999' }],
    [/certificate and its key/, { certificate: 'x' }],
    [/certificate and its key/, { clientCa: 'x' }],
    [/needs --client-ca/, { uploadClient: ['ci'] }],
    [/without TLS/, { listen: '0.0.0.0:0', uploadToken: token }],
    [/holds no token/, { uploadToken: token }],
    [/takes no uploads/, { uploadToken: token, upstream: ['https://a.example/'] }],
    [/cannot be read/, { upstream: ['https://a.example/'], upstreamCa: '/nowhere' }],
    [/--upstream ftp:.* is no address/, { upstream: ['ftp://a.example/'] }],
    [/no directory/, { directory: path.join(directory, 'nowhere') }],
    [/cannot listen/, { listen: '192.0.2.1:80' }],
  ];
  for (const [message, args] of wrong) {
    const error = await failureOf({ directory, ...args });
    t.is(error.code, 'USAGE', String(message));
    t.regex(error.message, message);
  }
});
