import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { ROOT } from '../boot/testbed.ts';

const DEFINITION = 'fixtures/images/minimal/kubeos.yaml';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

/** A build is killed at so many random moments: it leaves nothing behind, and the next one works. */
export async function killBuilds(t: ExecutionContext, kills: number): Promise<void> {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-killed-');
  const place = await placeIn(directory.path);
  const startedMs = Date.now();
  t.is((await build(place, '0.0.0').ended).code, 0);
  const wholeMs = Date.now() - startedMs;
  const before = await namesIn(place);
  for (let kill = 0; kill < kills; kill += 1) {
    const signal = SIGNALS[kill % SIGNALS.length] ?? 'SIGINT';
    const afterMs = Math.round(Math.random() * wholeMs);
    const told = `${signal} after ${afterMs} ms`;
    const exit = await killedBuild(place, { signal, afterMs, version: `0.0.${kill}` });
    await untilGone(directory.path);
    t.deepEqual(await processesOf(directory.path), [], told);
    t.deepEqual(await mountsOf(directory.path), [], told);
    // Nobody can clean up after SIGKILL but the next build; the kernel ends the tools and their mounts.
    if (signal !== 'SIGKILL') t.deepEqual((await namesIn(place)).filter(isUnfinished), [], told);
    if (exit.signal === null && signal !== 'SIGKILL')
      t.true([0, 130, 143].includes(exit.code ?? -1), `${told}\n${exit.stderr}`);
  }
  t.is((await build(place, '0.0.0').ended).code, 0);
  t.deepEqual(await namesIn(place), before);
}

/** Everywhere that a build writes: another build's folders are none of its business. */
interface Place {
  readonly out: string;
  readonly cache: string;
  readonly temporary: string;
}

async function placeIn(directory: string): Promise<Place> {
  const [out, cache, temporary] = ['out', 'cache', 'tmp'].map((name) => path.join(directory, name));
  const place = { out: out ?? '', cache: cache ?? '', temporary: temporary ?? '' };
  await mkdir(place.temporary);
  return place;
}

/** The cache's own contents grow with what was built; whatever is there under another name is left over. */
async function namesIn({ out, cache, temporary }: Place): Promise<string[]> {
  const cached = await readdir(cache, { recursive: true });
  const unfinished = cached.filter(
    (name) => !/^(?:packages|roots)(?:\/[\w-]+(?:\.\w+)+)?$/.test(name),
  );
  return [...(await readdir(out)), ...unfinished, ...(await readdir(temporary))].toSorted();
}

const isUnfinished = (name: string): boolean => /work|scratch|part|tmp|[./]\d+$/.test(name);

interface Kill {
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  /** Another one each time, so that there is something to build. */
  readonly version: string;
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function killedBuild(place: Place, { signal, afterMs, version }: Kill): Promise<Exit> {
  const { child, ended } = build(place, version);
  await sleep(afterMs);
  child.kill(signal);
  return await ended;
}

/** The kernel ends a namespace's processes right after its first one, not in the same instant. */
async function untilGone(directory: string): Promise<void> {
  const untilMs = performance.now() + 60_000;
  const isThere = async (): Promise<boolean> =>
    [...(await processesOf(directory)), ...(await mountsOf(directory))].length > 0;
  while ((await isThere()) && performance.now() < untilMs) await sleep(100);
}

function build(
  { out, cache, temporary }: Place,
  version: string,
): { child: ChildProcess; ended: Promise<Exit> } {
  const where = ['--out', out, '--cache-directory', cache];
  const args = ['build', DEFINITION, ...where, '--quiet', '--set', `version=${version}`];
  const child = spawn(process.execPath, ['bin/kubeos.ts', ...args], {
    ...{ cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] },
    env: { ...process.env, TMPDIR: temporary },
  });
  return { child, ended: endOf(child) };
}

async function endOf(child: ChildProcessByStdio<null, null, Readable>): Promise<Exit> {
  const stderr = text(child.stderr);
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stderr: await stderr };
}

/** Command lines of processes that still work in that folder. */
async function processesOf(out: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    ids.map(async (id) => await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(out)).map((line) => line.replaceAll('\0', ' '));
}

async function mountsOf(out: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').filter((line) => line.includes(out));
}
