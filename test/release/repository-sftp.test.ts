import { once } from 'node:events';
import { mkdtempDisposable, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { KubeosError } from '../../src/errors.ts';
import { collectGarbage } from '../../src/release/repository/collect-garbage.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { retireRelease } from '../../src/release/repository/retire-release.ts';
import { thisProcess } from '../../src/release/repository/process-name.ts';
import { sftpStore, type SftpStoreOptions } from '../../src/release/repository/sftp-store.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import {
  makeTestRepository,
  testPublisher,
} from '../../src/release/repository/testing/test-repository.ts';
import { verifyPublished } from '../../src/release/repository/verify-published.ts';
import { startSshd, type Sshd } from './repository-sshd.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-sftp-'));

const login = (sshd: Sshd, directory: string): SftpStoreOptions => ({
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  hostKey: { kind: 'known hosts', text: sshd.knownHost },
  privateKey: sshd.privateKey,
  directory,
  lockTimeoutMs: 0,
});

test('a release is published over SFTP, retired and collected', async (t) => {
  await using dir = await temporary();
  await using sshd = await startSshd(path.join(dir.path, 'sshd'));
  const directory = path.join(dir.path, 'srv/repository');
  const store = sftpStore(login(sshd, directory));
  const publisher = await makeTestRepository(store);
  const release = await makeTestRelease(dir.path, '1.0.0');
  const request = { ...publisher, folder: release.folder, packs: [] };
  t.true((await publishRelease(request)).isChanged);
  t.false((await publishRelease(request)).isChanged);
  // The same files by the file system: what SFTP wrote is what a web server would send.
  const local = await testPublisher(directory);
  t.deepEqual((await verifyPublished({ ...local, depth: 'bytes' })).complete, [release.digest]);
  t.deepEqual(await readdir(path.join(directory, '.staging')), []);

  await retireRelease({ ...publisher, release: release.digest });
  const now = new Date(Date.now() + 15 * 24 * 3600_000);
  const gone = await collectGarbage({ ...publisher, now, snapshots: 1, isDryRun: false });
  t.is(gone.removed.filter((entry) => entry.path.startsWith('targets/')).length, 5);
  t.deepEqual(await readdir(path.join(directory, 'targets')), []);
  await store.close();
});

test('a server is known by its fingerprint, and another one is refused before anyone logs in', async (t) => {
  await using dir = await temporary();
  await using sshd = await startSshd(path.join(dir.path, 'sshd'));
  await using impostor = await startSshd(path.join(dir.path, 'impostor'));
  const options = login(sshd, path.join(dir.path, 'repository'));
  const { fingerprint } = sshd;
  const store = sftpStore({ ...options, hostKey: { kind: 'fingerprint', fingerprint } });
  t.is(await store.size('metadata/timestamp.json'), null);
  await store.close();
  for (const hostKey of [
    { kind: 'fingerprint', fingerprint: impostor.fingerprint },
    { kind: 'known hosts', text: '' },
    {
      kind: 'known hosts',
      text: impostor.knownHost.replace(String(impostor.port), String(sshd.port)),
    },
  ] as const) {
    await t.throwsAsync(sftpStore({ ...options, hostKey }).size('x'), { code: 'UNTRUSTED' });
  }
  const foreign = { ...options, privateKey: impostor.privateKey };
  await t.throwsAsync(sftpStore(foreign).size('x'), { code: 'NETWORK', message: /authentication/ });
});

test('a second publisher over SFTP is refused while the first one works; a dead lock is taken over', async (t) => {
  await using dir = await temporary();
  await using sshd = await startSshd(path.join(dir.path, 'sshd'));
  const directory = path.join(dir.path, 'repository');
  const [first, second] = [sftpStore(login(sshd, directory)), sftpStore(login(sshd, directory))];
  const session = await first.begin();
  await t.throwsAsync(second.begin(), { code: 'TIMED_OUT' });
  await session[Symbol.asyncDispose]();
  await writeFile(
    path.join(directory, '.lock'),
    JSON.stringify({
      nonce: '5a1f0e3c-0000-4000-8000-000000000000',
      ...(await thisProcess()),
      started: '1',
    }),
  );
  const again = await second.begin();
  await again.commit(Buffer.from('{}'), null);
  await t.throwsAsync(again.commit(Buffer.from('{"a":1}'), null), { code: 'USAGE' });
  await again.commit(Buffer.from('{"a":1}'), Buffer.from('{}'));
  await again[Symbol.asyncDispose]();
  t.deepEqual((await readdir(directory)).toSorted(), ['.staging', 'metadata']);
  await first.close();
  await second.close();
});

/** A way to a server that breaks after so many more bytes. */
async function breakableWay(to: number) {
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) for (const socket of [near, far]) socket.destroy();
    });
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    breakAfter: (bytes: number) => (left = bytes),
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

test('a connection that breaks in the middle of a publication is told, and the same again finishes', async (t) => {
  await using dir = await temporary();
  await using sshd = await startSshd(path.join(dir.path, 'sshd'));
  await using way = await breakableWay(sshd.port);
  const options = login(sshd, path.join(dir.path, 'repository'));
  const { fingerprint } = sshd;
  const hostKey = { kind: 'fingerprint', fingerprint } as const;
  const store = sftpStore({ ...options, hostKey, port: way.port });
  const publisher = await makeTestRepository(store);
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0');
  way.breakAfter(1_000_000);
  const error = await t.throwsAsync(publishRelease({ ...publisher, folder, packs: [] }), {
    any: true,
  });
  // The lock cannot be given back either.
  const first: unknown = error instanceof SuppressedError ? error.suppressed : error;
  t.true(first instanceof KubeosError && first.code === 'NETWORK', String(first));
  await t.throwsAsync(store.size('metadata/timestamp.json'), { code: 'NETWORK' });

  // The lock is of this process, which lives on.
  await rm(path.join(options.directory, '.lock'));
  const again = sftpStore(options);
  await publishRelease({ ...publisher, store: again, folder, packs: [] });
  const found = await verifyPublished({ ...publisher, store: again, depth: 'bytes' });
  t.deepEqual(found.complete, [digest]);
  await again.close();
});

test('a file in the place of the repository is told', async (t) => {
  await using dir = await temporary();
  await using sshd = await startSshd(path.join(dir.path, 'sshd'));
  await writeFile(path.join(dir.path, 'file'), '');
  const store = sftpStore(login(sshd, path.join(dir.path, 'file')));
  await t.throwsAsync(store.begin(), { code: 'USAGE', message: /makes no directory/ });
  await store.close();
});
