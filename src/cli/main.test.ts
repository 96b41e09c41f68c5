import { PassThrough } from 'node:stream';
import test from 'ava';
import { main } from './main.ts';

/** Runs the command line; what it writes to stderr, and its exit code. */
async function run(argv: readonly string[], signal = new AbortController().signal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const asTerminal = (stream: PassThrough) => stream as unknown as NodeJS.WriteStream;
  const streams = { stdout: asTerminal(stdout), stderr: asTerminal(stderr) };
  const exitCode = await main(argv, { signal, ...streams });
  return { exitCode, stderr: String(stderr.read() ?? '') };
}

const isUsage = test.macro(async (t, argv: readonly string[], message: RegExp) => {
  const { exitCode, stderr } = await run(argv);
  t.is(exitCode, 2);
  t.regex(stderr, message);
  t.notRegex(stderr, /bug in kubeos|Zod|YError/);
});

test('an option given twice', isUsage, ['doctor', '--arch', 'amd64', '--arch', 'arm64'], /--arch/);
test('a number too small', isUsage, ['boot', 'x', '--memory', '64'], /^kubeos: --memory is wrong/);
test('a word for a number', isUsage, ['boot', 'x', '--ssh-port', 'ssh'], /^kubeos: --ssh-port/);
test('an option without its value', isUsage, ['lock', '--set'], /following: set/);
test('a folder that is not there', isUsage, ['init', '/nowhere/a.yaml'], /no folder \/nowhere\n/);

test(
  'a missing argument',
  isUsage,
  ['publish'],
  /^kubeos: expected kubeos publish RELEASE\n→ kubeos publish --help/,
);
test(
  'a noun without its verb',
  isUsage,
  ['repository'],
  /say what to do with it.*\n→ kubeos repository --help/,
);
test(
  'a word that is no choice',
  isUsage,
  ['repository', 'rotate', 'r', 'boss', '--key', 'k'],
  /role.*boss.*timestamp/s,
);
test('an unknown command', isUsage, ['bild'], /build\?\n→ kubeos --help/);

test('with --json an error is a JSON line too, with the places of a definition', async (t) => {
  const { exitCode, stderr } = await run(['lock', 'nothing.yaml', '--json']);
  t.is(exitCode, 3);
  t.like(JSON.parse(stderr), {
    ...{ event: 'error', code: 'DEFINITION_INVALID', exitCode: 3 },
    issues: [{ file: 'nothing.yaml', line: 1, column: 1 }],
  });
});

test('what a signal ends is no bug, whoever noticed it first', async (t) => {
  const controller = new AbortController();
  controller.abort('SIGTERM');
  const { exitCode, stderr } = await run(['inspect', 'package.json'], controller.signal);
  t.is(exitCode, 143);
  t.notRegex(stderr, /bug in kubeos/);
});
