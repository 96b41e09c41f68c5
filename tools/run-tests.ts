import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { locateProgram, ONE_OF_EACH } from '../src/demo/control-plane/programs.ts';
import { locateStatusReaders } from '../test/cluster/locate-status-readers.ts';
import { whyNoHostNodes } from '../test/nodes/host-node-allowed.ts';
import { buildNodePrograms } from '../src/demo/nodes/node-inputs.ts';

// Runs all checks and tests, and ends with the line `N passed, N failed` that CI reads.
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const CHECKS = [
  ['prettier', '--check', '--log-level=warn', '.'],
  ['oxlint', '--type-aware', '--quiet'],
  ['tsc', '--noEmit'],
  ['knip', '--no-progress'],
] as const;

const isLong = process.argv.includes('--long');
const failedChecks = isLong ? [] : CHECKS.filter((check) => !passes(check));
await buildPrograms();
const tests = await runAva();
const passed = tests.passed + (isLong ? 0 : CHECKS.length - failedChecks.length);
const failed = tests.failed + failedChecks.length;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function passes([tool, ...args]: readonly [string, ...string[]]): boolean {
  const { status } = spawnSync(`node_modules/.bin/${tool}`, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${tool} ${args.join(' ')}`);
  return status === 0;
}

/** Before the tests, whose time it would be otherwise; those that need it say it again where it fails. */
async function buildPrograms(): Promise<void> {
  try {
    for (const program of ONE_OF_EACH) await locateProgram(program);
    await locateStatusReaders();
    if ((await whyNoHostNodes()) === null) await buildNodePrograms();
  } catch (error) {
    console.error(error);
  }
}

/** AVA's own last line lacks the number of passed tests when one failed; its TAP output has both. */
async function runAva(): Promise<{ passed: number; failed: number }> {
  const environment = { ...process.env, KUBEOS_TEST_TIER: isLong ? 'long' : 'main' };
  const ava = spawn('node_modules/.bin/ava', ['--tap'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const counts = { passed: 0, failed: 0 };
  for await (const line of createInterface(ava.stdout)) {
    const [, result, count] = /^# (pass|fail) (\d+)$/.exec(line) ?? [];
    if (result === 'pass') counts.passed = Number(count);
    else if (result === 'fail') counts.failed = Number(count);
    else console.log(line);
  }
  const exitCode =
    ava.exitCode ?? (await new Promise<number | null>((end) => ava.on('close', end)));
  // A crash of AVA itself counts no failed test.
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
