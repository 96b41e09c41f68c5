import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { publishing, SESSION, TOKEN } from './publishing.ts';
import { ask, targetPath } from './serve-scene.ts';
import { signedRepository } from './signed-repository.ts';

const etagOf = (bytes: Uint8Array | undefined): string =>
  `"${createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')}"`;

test('what was uploaded is visible after the commit, and not before', async (t) => {
  await publishing(t, async ({ scene, repository, putAll, commit }) => {
    const files = repository.state(1);
    await putAll(files);
    for (const file of files.keys()) t.is((await ask(scene.port, `/${file}`)).status, 404, file);
    const answer = await commit();
    t.is(answer.status, 200, answer.body.toString());
    for (const [file, bytes] of files) {
      const { status, body } = await ask(scene.port, `/${file}`);
      t.is(status, 200, file);
      t.true(body.equals(bytes), file);
    }
  });
});

test('a second release needs only what is new, and the same commit again changes nothing', async (t) => {
  await publishing(t, async ({ scene, repository, putAll, commit }) => {
    const first = repository.state(1);
    await putAll(first);
    t.is((await commit()).status, 200);
    t.is((await commit()).status, 200);
    const second = new Map([...repository.state(2)].filter(([file]) => !first.has(file)));
    const later = repository.state(2);
    for (const [file, bytes] of later) if (file.startsWith('metadata/')) second.set(file, bytes);
    const session = 'f'.repeat(32);
    await putAll(second, session);
    t.is((await commit({}, session)).status, 200);
    t.is((await commit({}, session)).status, 200);
    const timestamp = await ask(scene.port, '/metadata/timestamp.json');
    t.true(timestamp.body.equals(later.get('metadata/timestamp.json') ?? Buffer.of()));
  });
});

test('only who has the token may stage, and learns nothing without it', async (t) => {
  await publishing(t, async ({ scene, repository }) => {
    const path = `/upload/${SESSION}/metadata/1.root.json`;
    for (const value of ['', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, 'Bearer é']) {
      const headers = Buffer.from(value).toString('latin1');
      const { status, headers: answered } = await ask(scene.port, path, {
        method: 'PUT',
        headers: { Authorization: headers, 'Content-Length': repository.root.length },
        body: repository.root,
      });
      t.is(status, 401, value);
      t.regex(String(answered['www-authenticate']), /^Bearer/);
    }
    t.is((await ask(scene.port, '/upload/nowhere')).status, 401);
  });
});

test('a target with other bytes than its name says is not kept', async (t) => {
  await publishing(t, async ({ directory, put }) => {
    const { status } = await put(targetPath('image.zst', Buffer.from('one')), 'two');
    t.is(status, 422);
    t.deepEqual(await readdir(path.join(directory, '.staging', SESSION, 'targets')), []);
  });
});

test('paths that are no file of a repository are refused', async (t) => {
  await publishing(t, async ({ put, commit, scene }) => {
    const paths = [
      'metadata/../../x',
      'metadata/%2e%2e/x',
      'other',
      'targets/x',
      'base',
      'metadata/root.json',
    ];
    for (const file of paths) t.is((await put(file, 'x')).status, 404, file);
    t.is((await commit({}, 'A'.repeat(32))).status, 404);
    t.is((await commit()).status, 404);
    const put405 = await ask(scene.port, `/upload/${SESSION}/metadata/1.root.json`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    t.is(put405.status, 405);
    t.is(put405.headers.allow, 'PUT, HEAD');
  });
});

test('a commit is refused whose metadata does not verify', async (t) => {
  await publishing(t, async ({ scene, putAll, commit }) => {
    await putAll(signedRepository().state(1));
    const { status, body } = await commit();
    t.is(status, 422);
    t.regex(body.toString(), /UNTRUSTED/);
    t.is((await ask(scene.port, '/metadata/timestamp.json')).status, 404);
  });
});

test('a commit is refused that would leave out a file, or go back', async (t) => {
  await publishing(t, async ({ repository, putAll, put, commit }) => {
    const files = repository.state(2);
    const [missing = ''] = files.keys();
    await putAll(new Map([...files].filter(([file]) => file !== missing)));
    const incomplete = await commit();
    t.is(incomplete.status, 422);
    t.true(incomplete.body.toString().includes(missing));
    await put(missing, files.get(missing) ?? '');
    t.is((await commit()).status, 200);
    const session = 'e'.repeat(32);
    await putAll(repository.state(1), session);
    const back = await commit({}, session);
    t.is(back.status, 422);
    t.regex(back.body.toString(), /known already/);
  });
});

test('of two who publish on the same state the second is told, and what he staged stays his', async (t) => {
  await publishing(t, async ({ scene, repository, putAll, commit }) => {
    await putAll(repository.state(1));
    const other = 'd'.repeat(32);
    const second = repository.state(2);
    await putAll(second, other);
    t.is((await commit()).status, 200);
    t.is((await commit({}, other)).status, 409);
    const first = await ask(scene.port, '/metadata/timestamp.json');
    t.is((await commit({ 'If-Match': '"00"' }, other)).status, 412);
    t.is((await commit({ 'If-None-Match': '*' }, other)).status, 412);
    t.is((await commit({ 'If-Match': etagOf(first.body) }, other)).status, 200);
  });
});

test('metadata with a number is never replaced', async (t) => {
  await publishing(t, async ({ directory, repository, putAll, commit }) => {
    await mkdir(path.join(directory, 'metadata'));
    await writeFile(path.join(directory, 'metadata/1.targets.json'), 'another publisher');
    await putAll(repository.state(1));
    const { status, body } = await commit();
    t.is(status, 409);
    t.true(body.toString().includes('1.targets.json'));
  });
});

test('what is staged and not signed for is never published', async (t) => {
  await publishing(t, async ({ scene, repository, putAll, put, commit }) => {
    await putAll(repository.state(1));
    const stray = targetPath('image.zst', Buffer.from('anything'));
    t.is((await put(stray, 'anything')).status, 201);
    const { status, body } = await commit();
    t.is(status, 200);
    t.true(body.toString().includes(stray));
    t.is((await ask(scene.port, `/${stray}`)).status, 404);
  });
});
