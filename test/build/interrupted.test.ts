import { spawn } from 'node:child_process';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { kubeos, ROOT } from '../boot/testbed.ts';

const DEFINITION = 'fixtures/images/minimal/kubeos.yaml';
const KILLS = 20;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

test('a build killed at 20 random moments leaves nothing behind, and the next one works', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-killed-');
  const out = path.join(directory.path, 'out');
  const startedMs = Date.now();
  await kubeos('build', DEFINITION, '--out', out, '--quiet');
  const wholeMs = Date.now() - startedMs;
  const before = (await readdir(out)).toSorted();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const signal = SIGNALS[kill % SIGNALS.length] ?? 'SIGINT';
    const afterMs = Math.round(Math.random() * wholeMs);
    const told = `${signal} after ${afterMs} ms`;
    const exit = await killedBuild(out, { signal, afterMs, version: `0.0.${kill}` });
    t.deepEqual(await processesOf(out), [], told);
    t.deepEqual(await mountsOf(out), [], told);
    // Nobody can clean up after SIGKILL but the next build; the kernel ends the tools and their mounts.
    if (signal !== 'SIGKILL') t.deepEqual(workDirectories(await readdir(out)), [], told);
    if (exit.signal === null && signal !== 'SIGKILL')
      t.true([0, 130, 143].includes(exit.code ?? -1), told);
  }
  await kubeos('build', DEFINITION, '--out', out, '--quiet');
  t.deepEqual((await readdir(out)).toSorted(), before);
});

interface Kill {
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  /** Another one each time, so that there is something to build. */
  readonly version: string;
}

async function killedBuild(
  out: string,
  { signal, afterMs, version }: Kill,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const child = spawn(
    process.execPath,
    ['bin/kubeos.ts', 'build', DEFINITION, '--out', out, '--quiet', '--set', `version=${version}`],
    {
      cwd: ROOT,
      stdio: 'ignore',
    },
  );
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('exit', (code, by) => resolve({ code, signal: by })),
  );
  await sleep(afterMs);
  child.kill(signal);
  const exit = await ended;
  // The kernel ends a namespace's processes right after its first one, not in the same instant.
  await sleep(500);
  return exit;
}

const workDirectories = (names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith('.kubeos-work-'));

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
