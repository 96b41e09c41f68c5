import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { directoryLockFiles } from './directory-lock-files.ts';
import { directoryStore } from './directory-store.ts';
import { thisProcess, type ProcessName } from './process-name.ts';
import { lockPublisher, type LockFiles, type PublisherLock } from './publisher-lock.ts';
import { publishRelease } from './publish-release.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { makeTestRepository, testPublisher } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-lock-'));

/** A lock of this process, but for what is said. */
const lockOf = async (change: Partial<ProcessName>): Promise<string> =>
  JSON.stringify({
    nonce: '5a1f0e3c-0000-4000-8000-000000000000',
    ...(await thisProcess()),
    ...change,
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
  await writeFile(path.join(dir.path, '.lock'), await lockOf({ started: '1' }));
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
  const elsewhere = await lockOf({ host: 'elsewhere', boot: 'other', pid: 1 });
  await writeFile(path.join(dir.path, '.lock'), elsewhere);
  await t.throwsAsync(lockPublisher(files, 0), { message: /process 1 on elsewhere/ });
  await using lock = await lockPublisher(anHourLater(files), 0);
  await lock.assertHeld();
});

test('a lock is not taken from a container that shares the name of the host, nor from a machine of the same name', async (t) => {
  const cases: Readonly<Record<string, Partial<ProcessName>>> = {
    'another container': { namespace: 'pid:[1]', pid: 4_000_000 },
    'another machine': { machine: '0'.repeat(32), boot: 'other', pid: 4_000_000 },
  };
  for (const [where, change] of Object.entries(cases)) {
    await using dir = await temporary();
    const files = directoryLockFiles(dir.path);
    await writeFile(path.join(dir.path, '.lock'), await lockOf(change));
    const error = await t.throwsAsync(lockPublisher(files, 0), { code: 'TIMED_OUT' }, where);
    t.regex(error instanceof KubeosError ? (error.hint ?? '') : '', /remove the file \.lock/);
    await using lock = await lockPublisher(anHourLater(files), 0);
    await lock.assertHeld();
  }
});

test('what a lost power supply left of a lock is taken over, once nobody can be writing it', async (t) => {
  await using dir = await temporary();
  const files = directoryLockFiles(dir.path);
  await writeFile(path.join(dir.path, '.lock'), '');
  await t.throwsAsync(lockPublisher(files, 0), { code: 'TIMED_OUT' });
  const lock = await lockPublisher(anHourLater(files), 0);
  await lock.assertHeld();
  await lock[Symbol.asyncDispose]();
  t.deepEqual(await readdir(dir.path), []);
});

test('a file system without links, on a USB stick perhaps, has a lock too', async (t) => {
  await using dir = await temporary();
  const files = directoryLockFiles(dir.path, async () => {
    throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
  });
  const lock = await lockPublisher(files, 0);
  await t.throwsAsync(lockPublisher(files, 0), { code: 'TIMED_OUT' });
  await lock[Symbol.asyncDispose]();
  t.deepEqual(await readdir(dir.path), []);
});

const anHourLater = (files: LockFiles): LockFiles => ({
  ...files,
  async read(name) {
    const found = await files.read(name);
    return found === null ? null : { ...found, ageMs: found.ageMs + 3600_000 };
  },
});

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
