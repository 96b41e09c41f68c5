import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { locateProgram, ONE_OF_EACH } from '../src/demo/control-plane/programs.ts';
import { locateStatusReaders } from '../test/cluster/locate-status-readers.ts';
import { whyNoHostNodes } from '../test/nodes/host-node-allowed.ts';
import { buildNodePrograms } from '../src/demo/nodes/node-image.ts';

// Runs all checks and tests, and ends with the line `N passed, N failed` that CI reads.
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const CHECKS = [
  ['prettier', '--check', '--log-level=warn', '.'],
  ['oxlint', '--type-aware', '--quiet'],
  ['tsc', '--noEmit'],
  ['knip', '--no-progress'],
] as const;
type Check = (typeof CHECKS)[number];

const isLong = process.argv.includes('--long');
// Beside each other: a check keeps one core busy at most times, and so does a linker.
const [checks, tests] = await Promise.all([
  runChecks(isLong ? [] : CHECKS),
  buildPrograms().then(runAva),
]);
const passed = checks.passed + tests.passed;
const failed = checks.failed + tests.failed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

interface Counts {
  passed: number;
  failed: number;
}

async function runChecks(checks: readonly Check[]): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const check of checks) counts[(await passes(check)) ? 'passed' : 'failed'] += 1;
  return counts;
}

/** What it says comes whole, when it has ended: tests write meanwhile. */
async function passes([tool, ...args]: Check): Promise<boolean> {
  const check = spawn(`node_modules/.bin/${tool}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(check, 'close');
  const said = await Promise.all([text(check.stdout), text(check.stderr)]);
  await ended;
  const isFine = check.exitCode === 0;
  console.log(`${said.join('')}${isFine ? 'ok' : 'FAILED'}  ${tool} ${args.join(' ')}`);
  return isFine;
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
async function runAva(): Promise<Counts> {
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
