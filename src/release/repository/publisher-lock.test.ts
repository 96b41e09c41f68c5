import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { directoryLockFiles } from './directory-lock-files.ts';
import { directoryStore } from './directory-store.ts';
import { lockPublisher, type PublisherLock } from './publisher-lock.ts';
import { publishRelease } from './publish-release.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { makeTestRepository, testPublisher } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-lock-'));

const dead = (more: object): string =>
  JSON.stringify({
    nonce: '5a1f0e3c-0000-4000-8000-000000000000',
    host: hostname(),
    boot: 'before',
    pid: 1,
    started: '1',
    ...more,
  });

test('a second publisher is refused while the first one works, and served after it', async (t) => {
  await using dir = await temporary();
  const files = directoryLockFiles(dir.path);
  const first = await lockPublisher(files, 0);
  const error = await t.throwsAsync(lockPublisher(files, 0), { code: 'TIMED_OUT' });
  t.regex(error?.message ?? '', new RegExp(`process ${process.pid} on `));
  await first[Symbol.asyncDispose]();
  await using second = await lockPublisher(files, 0);
  await second.assertHeld();
});

test('the lock of a publisher that was killed is taken over', async (t) => {
  await using dir = await temporary();
  const program = `
    import { directoryLockFiles } from '${import.meta.resolve('./directory-lock-files.ts')}';
    import { lockPublisher } from '${import.meta.resolve('./publisher-lock.ts')}';
    await lockPublisher(directoryLockFiles(process.argv[1]), 0);
    console.log('held');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir.path]);
  await once(child.stdout, 'data');
  await t.throwsAsync(lockPublisher(directoryLockFiles(dir.path), 0), { code: 'TIMED_OUT' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await lockPublisher(directoryLockFiles(dir.path), 0);
  await lock.assertHeld();
  await lock[Symbol.asyncDispose]();
  t.deepEqual(await readdir(dir.path), []);
});

test('of many that find a dead lock one at a time gets it', async (t) => {
  await using dir = await temporary();
  await writeFile(path.join(dir.path, '.lock'), dead({}));
  let holders = 0;
  let most = 0;
  const take = async (): Promise<void> => {
    const lock: PublisherLock = await lockPublisher(directoryLockFiles(dir.path), 60_000);
    holders += 1;
    most = Math.max(most, holders);
    await lock.assertHeld();
    holders -= 1;
    await lock[Symbol.asyncDispose]();
  };
  await Promise.all(Array.from({ length: 8 }, take));
  t.is(most, 1);
});

test('a lock of another machine is respected, until it was not renewed for long', async (t) => {
  await using dir = await temporary();
  const files = directoryLockFiles(dir.path);
  await writeFile(path.join(dir.path, '.lock'), dead({ host: 'elsewhere' }));
  await t.throwsAsync(lockPublisher(files, 0), { message: /process 1 on elsewhere/ });
  const old = { ...files, read: async (name: string) => await aged(await files.read(name)) };
  await using lock = await lockPublisher(old, 0);
  await lock.assertHeld();
});

const aged = async <Found extends object>(found: Found | null) =>
  found === null ? null : { ...found, ageMs: 3600_000 };

test('two publishers at once: both releases are there in the end', async (t) => {
  await using dir = await temporary();
  const directory = path.join(dir.path, 'repository');
  await makeTestRepository(directory);
  const publish = async (version: string): Promise<void> => {
    const { folder } = await makeTestRelease(dir.path, version, 0.1);
    const store = directoryStore(directory, { lockTimeoutMs: 60_000 });
    await publishRelease({ ...(await testPublisher(store)), folder, packs: [] });
  };
  await Promise.all([publish('1.0.0'), publish('1.0.1'), publish('1.0.2')]);
  const { complete } = await verifyPublished({
    ...(await testPublisher(directory)),
    depth: 'bytes',
  });
  t.is(complete.length, 3);
});

test('a timestamp that moved meanwhile is not overwritten, whatever the lock said', async (t) => {
  await using dir = await temporary();
  const directory = path.join(dir.path, 'repository');
  await makeTestRepository(directory);
  await using session = await directoryStore(directory).begin();
  await t.throwsAsync(session.commit(Buffer.from('new'), Buffer.from('another')), {
    code: 'USAGE',
    message: /another publisher changed/,
  });
});
