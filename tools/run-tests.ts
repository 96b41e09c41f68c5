import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { locateProgram, ONE_OF_EACH } from '../src/demo/control-plane/programs.ts';
import { locateStatusReaders } from '../test/cluster/locate-status-readers.ts';
import { whyNoHostNodes } from '../test/nodes/host-node-allowed.ts';
import { buildNodePrograms } from '../src/demo/nodes/node-image.ts';
import { readTap, type TapResult } from './tap.ts';

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
// Once more, where they are seen: a CI system shows the end of what was printed.
if (failed > 0) console.log([...checks.failures, ...tests.failures].join('\n'));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function runChecks(checks: readonly Check[]): Promise<TapResult> {
  const result: TapResult = { passed: 0, failed: 0, failures: [] };
  for (const check of checks) {
    const failure = await failureOf(check);
    result[failure === null ? 'passed' : 'failed'] += 1;
    if (failure !== null) result.failures.push(failure);
  }
  return result;
}

/** What it says comes whole, when it has ended: tests write meanwhile. */
async function failureOf([tool, ...args]: Check): Promise<string | null> {
  const check = spawn(`node_modules/.bin/${tool}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(check, 'close');
  const said = await Promise.all([text(check.stdout), text(check.stderr)]);
  await ended;
  const isFine = check.exitCode === 0;
  const report = `${said.join('')}${isFine ? 'ok' : 'FAILED'}  ${tool} ${args.join(' ')}`;
  console.log(report);
  return isFine ? null : report;
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
async function runAva(): Promise<TapResult> {
  const environment = { ...process.env, KUBEOS_TEST_TIER: isLong ? 'long' : 'main' };
  const ava = spawn('node_modules/.bin/ava', ['--tap'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const ended = once(ava, 'close');
  const lines: string[] = [];
  for await (const line of createInterface(ava.stdout)) {
    lines.push(line);
    if (!/^# (pass|fail) \d+$/.test(line)) console.log(line);
  }
  await ended;
  const result = readTap(lines);
  // A crash of AVA itself counts no failed test.
  return ava.exitCode !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}
