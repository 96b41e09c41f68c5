import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtempDisposable, rename, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import test from 'ava';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { addFile, addTarget, ask, askRaw, serveDirectory, targetPath } from './serve-scene.ts';

const SECRET = 'what nobody may read';

async function repository() {
  const folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-serve-'));
  const directory = path.join(folder.path, 'repository');
  await addFile(directory, 'metadata/timestamp.json', '{}');
  await addFile(directory, 'metadata/1.root.json', '{}');
  await writeFile(path.join(folder.path, 'secret.json'), SECRET);
  return { folder, directory, [Symbol.asyncDispose]: () => folder.remove() };
}

test('only paths of a repository are answered, whatever they look like after decoding', async (t) => {
  await using scene = await repository();
  const { directory } = scene;
  await addFile(directory, '.staging/x/metadata/1.root.json', SECRET);
  await addFile(directory, '.lock', SECRET);
  await addFile(directory, 'secret.json', SECRET);
  await addFile(directory, 'metadata/secret.json', SECRET);
  await addFile(directory, 'targets/secret.json', SECRET);
  const target = await addTarget(directory, 'image.zst', Buffer.from('image'));
  await using served = await serveDirectory(directory);
  const tricks = [
    '/',
    '//',
    '/.',
    '/..',
    '/../secret.json',
    '/metadata',
    '/metadata/',
    '/metadata/..',
    '/metadata/../secret.json',
    '/metadata/../../secret.json',
    '/metadata/%2e%2e/%2e%2e/secret.json',
    '/metadata/%2E%2E%2fsecret.json',
    '/metadata/..%2fsecret.json',
    '/metadata/..%252fsecret.json',
    '/metadata/..%c0%afsecret.json',
    '/metadata/..\\secret.json',
    '/metadata/%5c..%5csecret.json',
    '/metadata//1.root.json',
    '//metadata/1.root.json',
    '/./metadata/1.root.json',
    '/metadata/./1.root.json',
    '/metadata/1.root.json/',
    '/metadata/1.root.json%00',
    '/metadata/1.root.json%00.zst',
    '/metadata/1.root.json%20',
    '/metadata/1.root.json.',
    '/metadata/1.root.json;x',
    '/metadata/1.root.json#x',
    '/metadata/1.ROOT.json',
    '/Metadata/1.root.json',
    '/%6detadata/1.root.json',
    '/metadata/01.root.json',
    '/metadata/0.root.json',
    '/metadata/-1.root.json',
    '/metadata/1..root.json',
    '/metadata/1.__proto__.json',
    '/metadata/secret.json',
    '/targets/secret.json',
    '/secret.json',
    '/.lock',
    '/.staging/x/metadata/1.root.json',
    `/${target}/`,
    `/${target}%00`,
    `/${target}.`,
    `/${target.toUpperCase()}`,
    `/targets/${'0'.repeat(64)}.`,
    `/targets/${'0'.repeat(64)}.${'x'.repeat(300)}`,
    `/targets/..${target.slice('targets'.length)}`,
  ];
  for (const trick of tricks) {
    const text = await askRaw(
      served.port,
      `GET ${trick} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    t.regex(text, /^HTTP\/1\.1 (?:404|400) /, trick);
    t.false(text.includes(SECRET), trick);
  }
  for (const raw of ['/metadata/1.root.json\0', '/métadata/1.root.json', '/metadata/\r\n/x']) {
    const text = await askRaw(
      served.port,
      `GET ${raw} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    t.regex(text, /^HTTP\/1\.1 (?:404|400) /, raw);
  }
  t.is((await ask(served.port, `/${target}`)).status, 200);
  t.deepEqual(served.faults, []);
});

test('no link is followed, to a file or on the way to one, and nothing but a file is opened', async (t) => {
  await using scene = await repository();
  const { directory, folder } = scene;
  const secret = path.join(folder.path, 'secret.json');
  await mkdir(path.join(directory, 'targets'));
  const name = (text: string): string => targetPath('image.zst', Buffer.from(text));
  await symlink(secret, path.join(directory, name('absolute')));
  await symlink('../../secret.json', path.join(directory, name('relative')));
  await symlink('nowhere', path.join(directory, name('dangling')));
  await symlink('1.root.json', path.join(directory, 'metadata/2.root.json'));
  await mkdir(path.join(directory, name('folder')));
  execFileSync('mkfifo', [path.join(directory, name('pipe'))]);
  await using served = await serveDirectory(directory);
  for (const kind of ['absolute', 'relative', 'dangling', 'folder', 'pipe']) {
    t.is((await ask(served.port, `/${name(kind)}`)).status, 404, kind);
  }
  t.is((await ask(served.port, '/metadata/2.root.json')).status, 404);
  // The folder itself becomes a link to one outside with a file of the right name.
  await addFile(folder.path, 'outside/timestamp.json', SECRET);
  await rename(path.join(directory, 'metadata'), path.join(directory, 'before'));
  await symlink('../outside', path.join(directory, 'metadata'));
  t.is((await ask(served.port, '/metadata/timestamp.json')).status, 404);
  t.deepEqual(served.faults, []);
});

test('a timestamp that is replaced all the time is always read whole', async (t) => {
  await using scene = await repository();
  const { directory } = scene;
  await using served = await serveDirectory(directory);
  const place = path.join(directory, 'metadata/timestamp.json');
  const reading = new AbortController();
  const replacing = (async () => {
    for (let turn = 0; !reading.signal.aborted; turn += 1) {
      await writeFile(`${place}.new`, JSON.stringify({ turn, again: turn }));
      await rename(`${place}.new`, place);
    }
  })();
  for (let round = 0; round < 300; round += 1) {
    const { status, body } = await ask(served.port, '/metadata/timestamp.json');
    t.is(status, 200);
    const { turn, again } = JSON.parse(body.toString()) as { turn?: number; again?: number };
    t.is(turn, again);
  }
  reading.abort();
  await replacing;
});

test('headers that are too large, malformed or smuggled are refused', async (t) => {
  await using scene = await repository();
  await using served = await serveDirectory(scene.directory);
  const get = 'GET /metadata/1.root.json HTTP/1.1\r\nHost: x\r\n';
  const large = await askRaw(served.port, `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`);
  t.regex(large, /^HTTP\/1\.1 431 /);
  const many = await askRaw(served.port, `${get}${'X: y\r\n'.repeat(5_000)}\r\n`);
  t.regex(many, /^HTTP\/1\.1 431 /);
  const line = await askRaw(served.port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  t.regex(line, /^HTTP\/1\.1 431 /);
  const hostile = [
    'hello\r\n\r\n',
    `${get}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${get}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    `${get}X\x00: y\r\n\r\n`,
    `${get} folded: y\r\n\r\n`,
    randomBytes(500).toString('latin1') + '\r\n\r\n',
  ];
  for (const text of hostile) t.regex(await askRaw(served.port, text), /^HTTP\/1\.1 400 /, text);
  t.is((await ask(served.port, '/metadata/1.root.json')).status, 200);
  const metrics = await served.metrics.registry.metrics();
  t.regex(metrics, /closed_connections_total\{reason="header-size"\} 3/);
});

test('a header that drips in is cut at the deadline, and nobody else waits for it', async (t) => {
  await using scene = await repository();
  await using served = await serveDirectory(scene.directory, {
    limits: { ...DEFAULT_LIMITS, headerMs: 1_000 },
  });
  const slow = Array.from({ length: 50 }, () => {
    const socket = connect(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /metadata/1.root.json HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X: y\r\n'), 100);
    socket.on('close', () => clearInterval(drip));
    return once(socket.resume(), 'close');
  });
  for (let round = 0; round < 20; round += 1) {
    t.is((await ask(served.port, '/metadata/1.root.json')).status, 200);
  }
  await Promise.all(slow);
  const metrics = await served.metrics.registry.metrics();
  t.regex(metrics, /closed_connections_total\{reason="header-time"\} 50/);
});

test('a client that does not take what it asked for is cut', async (t) => {
  await using scene = await repository();
  const content = randomBytes(30 * 2 ** 20);
  const target = await addTarget(scene.directory, 'image.zst', content);
  await using served = await serveDirectory(scene.directory, {
    limits: { ...DEFAULT_LIMITS, chunkMs: 1_000 },
  });
  const socket = connect(served.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET /${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'readable');
  const entry = () => served.log.find(({ path }) => path.startsWith('/targets'));
  while (entry() === undefined) await ask(served.port, '/healthz');
  t.like(entry(), { isCut: true, status: 200 });
  socket.destroy();
});

test('1,000 idle connections of one client keep no other out', async (t) => {
  await using scene = await repository();
  await using served = await serveDirectory(scene.directory, {
    limits: { ...DEFAULT_LIMITS, connections: 100 },
  });
  const idle: Socket[] = [];
  for (let count = 0; count < 1_000; count += 1) {
    const socket = connect({ port: served.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.on('error', () => undefined);
    idle.push(socket);
    await once(socket, 'connect');
    if (count % 50 === 0) t.is((await ask(served.port, '/metadata/1.root.json')).status, 200);
  }
  const { value = 0 } = (await served.metrics.connections.get()).values[0] ?? {};
  t.true(value <= 100, `${value} connections`);
  t.is((await ask(served.port, '/metadata/1.root.json')).status, 200);
  for (const socket of idle) socket.destroy();
});
