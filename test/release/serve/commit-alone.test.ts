import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { serveMetrics } from '../../../src/release/serve/serve-metrics.ts';
import { checkSignedFrom } from '../../../src/release/serve/upload/check-signed.ts';
import { uploadHandler } from '../../../src/release/serve/upload/handle-upload.ts';
import { publishing, SESSION, TOKEN } from './publishing.ts';
import { ask, serveDirectory } from './serve-scene.ts';
import { signedRepository } from './signed-repository.ts';

const TIMESTAMP = 'metadata/timestamp.json';
const Authorization = `Bearer ${TOKEN}`;

test('what is put in the place of a file after it was verified is not published', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-upload-'));
  const tokenFile = path.join(folder.path, 'token');
  await writeFile(tokenFile, TOKEN);
  const repository = signedRepository();
  const check = checkSignedFrom(repository.root);
  const put = async (file: string, body: Uint8Array) =>
    await ask(scene.port, `/upload/${SESSION}/${file}`, {
      method: 'PUT',
      body,
      headers: { Authorization, 'Content-Length': body.length },
    });
  const replaced: number[] = [];
  await using scene = await serveDirectory(folder.path, {
    upload: uploadHandler({
      directory: folder.path,
      rights: { tokenFile, certificateNames: [] },
      check: async (view) => {
        const signed = await check(view);
        replaced.push((await put(TIMESTAMP, Buffer.from('{}'))).status);
        return signed;
      },
      limits: DEFAULT_LIMITS.upload,
      chunkMs: DEFAULT_LIMITS.chunkMs,
      metrics: serveMetrics(),
    }),
  });
  const files = repository.state(1);
  for (const [file, bytes] of files) t.is((await put(file, bytes)).status, 201);
  const commit = { method: 'POST', headers: { Authorization } };
  t.is((await ask(scene.port, `/upload/${SESSION}/commit`, commit)).status, 200);
  t.deepEqual(replaced, [409]);
  t.deepEqual(await readFile(path.join(folder.path, TIMESTAMP)), files.get(TIMESTAMP));
});

test('a session is not committed while one of its files arrives, and is after that', async (t) => {
  await publishing(t, async ({ scene, repository, putAll, commit }) => {
    await putAll(repository.state(1));
    const socket = connect(scene.port, '127.0.0.1');
    const lines = [
      `PUT /upload/${SESSION}/metadata/9.root.json HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${Authorization}`,
      'Content-Length: 2',
      'Expect: 100-continue',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    t.is((await commit()).status, 409);
    socket.write('{}');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    t.is((await commit()).status, 200);
  });
});
