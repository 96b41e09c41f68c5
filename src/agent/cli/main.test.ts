import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { main } from './main.ts';
import { COMMANDS } from './command-table.ts';

const say = async (...args: readonly string[]) =>
  await sayUntil(new AbortController().signal, args);

async function sayUntil(signal: AbortSignal, args: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const exitCode = await main({
    ...{ args, version: '1.2.3', signal },
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { exitCode, stdout, stderr };
}

test('help names every command, and each says what it takes', async (t) => {
  const { stdout } = await say('--help');
  t.is((await say()).stdout, stdout);
  for (const [name, { options = {} }] of Object.entries(COMMANDS)) {
    t.regex(stdout, new RegExp(`^  ${name}\\b`, 'm'));
    const help = await say(name, '--help');
    t.is(help.exitCode, 0);
    for (const option of Object.keys(options)) t.true(help.stdout.includes(`--${option}`));
  }
});

test('what nobody takes is refused, with what to do', async (t) => {
  for (const args of [
    ['upgrade'],
    ['toString'],
    ['status', '--allow-older'],
    ['status', '--unknown'],
    ['prepare', 'stable', '--limit-rate', 'fast'],
    ['prepare'],
    ['status', 'now'],
    ['prepare', 'stable', 'beta'],
    ['prepare', 'stable', '--checksum', 'x'],
    ['prepare', '--image-url', 'http://x/', '--checksum', 'x', '--allow-older'],
    ['install', '/dev/x', '/dev/y'],
  ]) {
    const { exitCode, stderr, stdout } = await say(...args, '--socket', '/nowhere/agent.sock');
    t.is(exitCode, 2, args.join(' '));
    t.regex(stderr, /^error: .+\nhint: .+\n$/);
    t.is(stdout, '');
  }
});

test('without an agent every command that asks one says so', async (t) => {
  for (const name of ['status', 'watch', 'cancel', 'reboot', 'commit', 'rollback', 'retry-grub']) {
    const { exitCode, stderr } = await say(name, '--socket', '/nowhere/agent.sock');
    t.is(exitCode, 4, name);
    t.regex(
      stderr,
      /^error: no agent answers on \/nowhere\/agent\.sock\nhint: .+\ncode: HOST_NOT_READY\n$/,
    );
  }
});

test('JSON names its kind', async (t) => {
  const { stdout } = await say('version', '--json');
  const document: unknown = JSON.parse(stdout);
  t.deepEqual(document, { apiVersion: 'cli.kubeos/v1', kind: 'AgentVersion', version: '1.2.3' });
  t.is((await say('--version')).stdout, (await say('version')).stdout);
  t.is((await say('prepare', '--version')).stdout, (await say('version')).stdout);
});

test('whoever waits for an agent can go at any time, and is told that it goes on', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cli-'));
  const socket = path.join(dir.path, 'agent.sock');
  const end = new AbortController();
  await using silent = createServer(() => end.abort());
  await once(silent.listen(socket), 'listening');
  const { exitCode, stderr } = await sayUntil(end.signal, ['plan', 'stable', '--socket', socket]);
  t.is(exitCode, 130);
  t.regex(stderr, /^error: the agent goes on\nhint: kubeos-agent status shows how far/);
});
