import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { addFile, addTarget, ask, serveDirectory, type Answer } from './serve-scene.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/guides/image-server.md', import.meta.url));
const CONTENT = randomBytes(700_001);

/** nginx with the configuration of the guide, on a socket in the folder. */
async function startNginx(folder: string, directory: string) {
  const [, server = ''] = /```nginx\n(.*?)```/s.exec(await readFile(GUIDE, 'utf8')) ?? [];
  const socket = path.join(folder, 'nginx.sock');
  const place = (name: string): string => path.join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${place(name)};`,
  );
  const configuration = [
    process.getuid?.() === 0 ? 'user root;' : '',
    `worker_processes 1; pid ${place('pid')}; error_log stderr;`,
    'events {}',
    `http { access_log off; ${temporary.join(' ')}`,
    server.replace('listen 8080;', `listen unix:${socket};`).replace('/srv/kubeos', directory),
    '}',
  ];
  await writeFile(place('nginx.conf'), configuration.join('\n'));
  const args = ['-p', folder, '-c', place('nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
  const nginx = spawn(await findNginx(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const errors: string[] = [];
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const ended = once(nginx, 'close');
  while (!(await canConnect(socket))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${errors.join('')}`);
  }
  return {
    socket,
    async [Symbol.asyncDispose]() {
      nginx.kill('SIGTERM');
      await ended;
    },
  };
}

async function findNginx(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  for (const folder of folders) {
    const place = path.join(folder, 'nginx');
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return place;
  }
  throw new Error('nginx is missing; install it: apt-get install nginx-light');
}

function canConnect(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

interface Question {
  readonly path: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

const LATER = 'Tue, 01 Jan 2047 00:00:00 GMT';
const LONG_AGO = 'Sun, 06 Nov 1994 08:49:37 GMT';

function questions(target: string, etag: string, modified: string): readonly Question[] {
  const of = (headers: OutgoingHttpHeaders): Question => ({ path: target, headers });
  const ranges = [
    'bytes=0-0',
    'bytes=0-',
    'bytes=262143-600000',
    'bytes=699000-',
    'bytes=-5',
    'bytes=-9999999',
    'bytes=5-9999999',
    'bytes=0-4,10-14',
    'bytes=0-4, 9999999-',
    'bytes=700001-',
    'bytes=-0',
    'bytes=9-5',
    'bytes=-',
    'bytes=x-2',
    'items=0-4',
  ];
  return [
    { path: target },
    { path: `${target}?query=1` },
    { path: target, method: 'HEAD' },
    { path: target, method: 'POST' },
    { path: target, method: 'PUT' },
    { path: target, method: 'DELETE' },
    ...ranges.map((Range) => of({ Range })),
    of({ 'If-None-Match': etag }),
    of({ 'If-None-Match': '"other"' }),
    of({ 'If-Modified-Since': modified }),
    of({ 'If-Modified-Since': LATER }),
    of({ 'If-Modified-Since': LONG_AGO }),
    of({ 'If-Unmodified-Since': LONG_AGO }),
    of({ 'If-Unmodified-Since': modified }),
    of({ Range: 'bytes=1-2', 'If-Range': etag }),
    of({ Range: 'bytes=1-2', 'If-Range': modified }),
    of({ Range: 'bytes=1-2', 'If-Range': '"other"' }),
    of({ Range: 'bytes=1-2', 'If-Range': LONG_AGO }),
    { path: '/metadata/timestamp.json' },
    { path: '/metadata/1.root.json' },
    { path: '/metadata/2.root.json' },
    { path: '/metadata/1.root.json', method: 'HEAD' },
    { path: '/metadata/1.root.json', headers: { Range: 'bytes=1-' } },
    { path: '/' },
    { path: '/metadata/' },
    { path: '/metadata/secret.json' },
    { path: '/.lock' },
    { path: '/.staging/x' },
    { path: '//metadata/1.root.json' },
    { path: '/metadata//1.root.json' },
    { path: '/metadata/../.lock' },
    { path: '/metadata/%2e%2e/.lock' },
    { path: '/metadata/..%2f.lock' },
    { path: '/metadata/1.root.json%00' },
    { path: `${target}/` },
    { path: target.toUpperCase() },
    { path: `/targets/${'0'.repeat(64)}.image.zst` },
  ];
}

/** What two servers have to agree in. An error's own page is each server's business, and metadata's ETag too. */
function comparable({ status, headers, body }: Answer, hasOwnTag: boolean): unknown {
  const field = (name: string): unknown => headers[name] ?? null;
  // A path that nobody has may be called malformed.
  if (status === 404 || status === 400) return 'no such file';
  const shared = { status, range: field('content-range') };
  if (status === 304) return { ...shared, etag: field('etag') };
  if (status !== 200 && status !== 206) return shared;
  return {
    ...shared,
    body: body.toString('base64'),
    etag: hasOwnTag ? null : field('etag'),
    ...Object.fromEntries(
      [
        'content-length',
        'content-type',
        'content-encoding',
        'cache-control',
        'last-modified',
        'accept-ranges',
        'x-content-type-options',
      ]
        // nginx says once that it knows ranges: where there is none yet.
        .filter((name) => name !== 'accept-ranges' || status === 200)
        .map((name) => [name, field(name)]),
    ),
  };
}

test('nginx with the configuration of the guide gives the same answers', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-nginx-'));
  const directory = path.join(folder.path, 'repository');
  await addFile(directory, 'metadata/timestamp.json', '{"signed":{}}');
  await addFile(directory, 'metadata/1.root.json', '{"signed":{"version":1}}');
  await addFile(directory, 'metadata/secret.json', 'secret');
  await addFile(directory, '.lock', 'secret');
  await addFile(directory, '.staging/x', 'secret');
  const target = await addTarget(directory, 'image.zst', CONTENT);
  const modified = new Date((await stat(path.join(directory, target))).mtimeMs).toUTCString();
  await using served = await serveDirectory(directory);
  await using nginx = await startNginx(folder.path, directory);
  for (const question of questions(`/${target}`, `"${target.slice(8, 72)}"`, modified)) {
    const { path: asked, ...options } = question;
    const hasOwnTag = asked.startsWith('/metadata/');
    const ours = await ask(served.port, asked, options);
    const theirs = await ask(0, asked, { ...options, socketPath: nginx.socket });
    t.deepEqual(
      comparable(ours, hasOwnTag),
      comparable(theirs, hasOwnTag),
      JSON.stringify(question),
    );
  }
});
