import { mkdir, mkdtempDisposable, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import {
  fillTestNode,
  partsOf,
  textsBelow,
  WIDE_POLICY,
} from '../../src/agent/configure/testing/test-host.ts';
import { recover } from '../../src/agent/configure/transaction.ts';

const PRELOAD = fileURLToPath(new URL('../release/kill-at-call.ts', import.meta.url));
const PROGRAM = fileURLToPath(new URL('configure-once.ts', import.meta.url));

type Texts = Readonly<Record<string, string>>;

/** Kills it before its call of that number. @returns how many calls it made, null for one that was killed */
async function run(directory: string, verb: string, call: number): Promise<number | null> {
  const args = ['--import', PRELOAD, PROGRAM, directory, verb];
  const env = { KUBEOS_KILL_AT: String(call) };
  const { signal, stdout } = await execa(process.execPath, args, { env, reject: false });
  return signal === 'SIGKILL' ? null : Number.parseInt(stdout, 10);
}

async function freshNode(directory: string): Promise<Texts> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await fillTestNode(directory, WIDE_POLICY);
  return await textsBelow(directory);
}

/** The kernel forgets with its boot what it was told. */
const withoutKernel = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => !name.startsWith('sys/')));

/** Every state that a kill leaves becomes, by the next start, the one before or the one after; that start may be killed too. */
async function judge(t: ExecutionContext, directory: string, ends: readonly Texts[]) {
  const left = await textsBelow(directory);
  await recover(partsOf(directory).host);
  const now = JSON.stringify(await textsBelow(directory));
  t.true(ends.map((texts) => JSON.stringify(texts)).includes(now), JSON.stringify({ left, now }));
  t.false(await recover(partsOf(directory).host));
}

test('a configuration killed before any write, flush or rename is done as a whole or not at all', async (t) => {
  await using made = await mkdtempDisposable('/var/tmp/kubeos-configure-killed-');
  const directory = path.join(made.path, 'node');
  const before = await freshNode(directory);
  const calls = (await run(directory, 'configure', 0)) ?? 0;
  const after = await textsBelow(directory);
  t.notDeepEqual(after, before);
  t.true(calls > 30, `${calls} calls`);
  for (let call = 1; call <= calls; call += 1) {
    await freshNode(directory);
    t.is(await run(directory, 'configure', call), null);
    // Each second recovery is killed too, at another place of it each time.
    if (call % 2 === 0) await run(directory, 'recover', call / 2);
    await judge(t, directory, [before, after]);
  }
  t.log(`${calls} calls`);
});

test('after a power cut the files are put back, and the kernel is not told what it has forgotten', async (t) => {
  await using made = await mkdtempDisposable('/var/tmp/kubeos-configure-killed-');
  const directory = path.join(made.path, 'node');
  const before = await freshNode(directory);
  const calls = (await run(directory, 'configure', 0)) ?? 0;
  const after = await textsBelow(directory);
  let reverted = 0;
  for (let call = Math.floor(calls / 2); call <= calls; call += 4) {
    await freshNode(directory);
    await run(directory, 'configure', call);
    const host = { ...partsOf(directory).host, bootId: 'the-next-boot' };
    const restartUnit = async () => await Promise.reject(new Error('nothing runs yet'));
    const kernel = { ...host.kernel, write: async () => await Promise.reject(new Error('no')) };
    if (await recover({ ...host, restartUnit, kernel })) reverted += 1;
    const now = withoutKernel(await textsBelow(directory));
    const ends = [before, after].map((texts) => JSON.stringify(withoutKernel(texts)));
    t.true(ends.includes(JSON.stringify(now)), JSON.stringify(now));
  }
  t.true(reverted > 0);
});
