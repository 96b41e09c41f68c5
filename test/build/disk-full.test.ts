import { spawn } from 'node:child_process';
import { mkdir, mkdtempDisposable, readdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { commands, ROOT } from '../boot/testbed.ts';

/** Both write into the cache, which is on the small disk then. */
const STEPS_OF_THE_CACHE = ['fetch', 'install'] as const;
const STEPS = ['tree', 'initramfs', 'root', 'disk', 'outputs'] as const;

test('a disk that is full when a step starts gives a clear error and nothing half-made', async (t) => {
  if (userInfo().uid !== 0) {
    t.pass('only root can mount a small file system');
    return;
  }
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-full-');
  await using small = await mountSmall(path.join(directory.path, 'small'));
  const cache = path.join(directory.path, 'cache');
  for (const step of [...STEPS_OF_THE_CACHE, ...STEPS]) {
    const out = path.join(small.path, `out-${step}`);
    const isOfCache = STEPS_OF_THE_CACHE.some((one) => one === step);
    const used = isOfCache ? path.join(small.path, `cache-${step}`) : cache;
    const result = await buildAndFill({ out, cache: used, step, small: small.path });
    t.is(result.exitCode, 4, `${step}: ${result.stderr}`);
    t.regex(result.stderr, /space/i, step);
    t.regex(result.stderr, /→ free some/, step);
    t.deepEqual(await readdir(out), ['build.log'], step);
    await rm(out, { recursive: true });
    if (isOfCache) await rm(used, { recursive: true, force: true });
  }
});

test('too little space is said before anything is done', async (t) => {
  if (userInfo().uid !== 0) {
    t.pass('only root can mount a small file system');
    return;
  }
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-full-');
  await using small = await mountSmall(path.join(directory.path, 'small'), '200m');
  const out = path.join(small.path, 'out');
  const result = await buildAndFill({
    out,
    cache: path.join(directory.path, 'cache'),
    step: 'none',
    small: small.path,
  });
  t.is(result.exitCode, 4);
  t.regex(result.stderr, /space in .*: \d+ MiB free/);
});

async function mountSmall(place: string, size = '4g'): Promise<AsyncDisposable & { path: string }> {
  await mkdir(place);
  await commands.run({
    tool: 'mount',
    args: ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place],
  });
  return {
    path: place,
    [Symbol.asyncDispose]: async () => {
      await commands.run({ tool: 'umount', args: [place] });
    },
  };
}

interface Filling {
  readonly out: string;
  readonly cache: string;
  readonly step: string;
  readonly small: string;
}

/** Builds, and takes all remaining space when the step starts. */
async function buildAndFill({
  out,
  cache,
  step,
  small,
}: Filling): Promise<{ exitCode: number | null; stderr: string }> {
  const definition = 'fixtures/images/minimal/kubeos.yaml';
  const args = [
    'bin/kubeos.ts',
    'build',
    definition,
    '--json',
    '--out',
    out,
    '--cache-directory',
    cache,
  ];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const filler = path.join(small, 'filler');
  let stderr = '';
  for await (const line of createInterface(child.stderr)) {
    stderr += `${line}\n`;
    if (!line.startsWith(`{"event":"start","step":"${step}"`)) continue;
    // The build waits meanwhile, so that it cannot be through with the step before the disk is full.
    child.kill('SIGSTOP');
    await fill(filler);
    child.kill('SIGCONT');
  }
  const exitCode = await ended;
  await rm(filler, { force: true });
  return { exitCode, stderr };
}

/** Takes all that is free, while the build writes too; then gives a little back, so that the log can be written. */
async function fill(filler: string): Promise<void> {
  const args = ['if=/dev/zero', `of=${filler}`, 'bs=1M', 'status=none'];
  await commands.run({ tool: 'dd', args, successCodes: [1] });
  await commands.run({ tool: 'truncate', args: ['--size=-64K', filler] });
}
