import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { removeStaleSessions } from '../../../src/release/serve/upload/staging.ts';
import { publishing, SESSION, TOKEN } from './publishing.ts';
import { ask, askRaw, targetPath } from './serve-scene.ts';

test('an upload says its length, is whole and not encoded, and keeps to the limits', async (t) => {
  await publishing(
    t,
    async ({ scene, put }) => {
      const file = (text: string): string => targetPath('image.zst', Buffer.from(text));
      const head = `PUT /upload/${SESSION}/${file('x')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
      const chunked = `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n`;
      t.regex(await askRaw(scene.port, chunked), /^HTTP\/1\.1 411 /);
      t.is((await put(file('x'), 'x', { 'Content-Encoding': 'gzip' })).status, 415);
      t.is((await put(file('x'), 'x', { 'Content-Range': 'bytes 0-0/2' })).status, 400);
      t.is((await put(file('x'.repeat(11)), 'x'.repeat(11))).status, 413);
      t.is((await put(file('a'), 'a')).status, 201);
      t.is((await put(file('a'), 'a')).status, 201);
      t.is((await put(file('b'), 'b')).status, 201);
      t.is((await put(file('c'), 'c')).status, 413);
      const asked = `${head}Content-Length: 99999\r\nExpect: 100-continue\r\n\r\n`;
      t.regex(await askRaw(scene.port, asked), /^HTTP\/1\.1 413 /);
    },
    { fileBytes: 10, sessionFiles: 2 },
  );
});

test('a session that is full of bytes, or one too many, is refused, and a full disk', async (t) => {
  const file = (text: string): string => targetPath('image.zst', Buffer.from(text));
  await publishing(
    t,
    async ({ put, scene }) => {
      t.is((await put(file('12345'), '12345')).status, 201);
      t.is((await put(file('123456'), '123456')).status, 413);
      const other = await ask(scene.port, `/upload/${'c'.repeat(32)}/${file('x')}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Length': '1' },
        body: 'x',
      });
      t.is(other.status, 503);
    },
    { sessionBytes: 10, sessions: 1 },
  );
  await publishing(
    t,
    async ({ put }) => {
      t.is((await put(file('x'), 'x')).status, 507);
    },
    {
      freeBytes: Number.MAX_SAFE_INTEGER,
    },
  );
});

test('an upload whose client goes away leaves nothing, and can be sent again', async (t) => {
  await publishing(t, async ({ directory, scene, put }) => {
    const content = randomBytes(2 ** 20);
    const file = targetPath('image.zst', content);
    const socket = connect(scene.port, '127.0.0.1');
    const head = `PUT /upload/${SESSION}/${file} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    socket.write(`${head}Content-Length: ${content.length}\r\n\r\n`);
    socket.write(content.subarray(0, 500_000));
    const folder = path.join(directory, '.staging', SESSION);
    while (!(await readdir(folder).catch(() => [])).some((name) => name.startsWith('part-')));
    socket.destroy();
    while ((await readdir(folder)).some((name) => name.startsWith('part-')));
    t.deepEqual(await readdir(path.join(folder, 'targets')), []);
    t.is((await put(file, content)).status, 201);
    const staged = await ask(scene.port, `/upload/${SESSION}/${file}`, {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    t.is(staged.headers['content-length'], String(content.length));
  });
});

test('a session that nobody touched for a day is removed', async (t) => {
  await publishing(t, async ({ directory, put }) => {
    await put('metadata/1.root.json', 'x');
    const staleMs = DEFAULT_LIMITS.upload.staleMs;
    await removeStaleSessions(directory, { staleMs, nowMs: Date.now() });
    const folder = path.join(directory, '.staging', SESSION);
    t.is(await readFile(path.join(folder, 'metadata/1.root.json'), 'utf8'), 'x');
    const then = new Date(Date.now() - staleMs - 1000);
    for (const name of ['metadata', '.']) await utimes(path.join(folder, name), then, then);
    await removeStaleSessions(directory, { staleMs, nowMs: Date.now() });
    t.deepEqual(await readdir(path.join(directory, '.staging')), []);
  });
});
