import { once } from 'node:events';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readCommand, type CommandReader } from '../command-runner.ts';
import { checkResultSchema } from './health-check.ts';
import { lookAround } from './node-checks.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-checks-'));

/** A node whose systemd says this; scripts are really run. */
const node =
  (systemctl: Readonly<Record<string, string>>): CommandReader =>
  async (program, args) => {
    if (program !== 'systemctl') return await readCommand(program, args);
    return { exitCode: 0, stdout: systemctl[args[0] ?? ''] ?? '' };
  };

const WELL = { 'is-system-running': 'running\n', 'is-enabled': 'disabled\n' };

async function places(directory: string, scripts: Readonly<Record<string, string>> = {}) {
  const persistState = path.join(directory, 'persist-state');
  await writeFile(persistState, 'writable\n');
  for (const folder of ['required.d', 'wanted.d']) {
    await mkdir(path.join(directory, folder), { recursive: true });
  }
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(path.join(directory, name), text, { mode: 0o755 });
  }
  return { persistState, scripts: [directory], kubelet: 'http://127.0.0.1:1/healthz' };
}

const bad = (results: Awaited<ReturnType<typeof lookAround>>) =>
  results
    .filter(({ isGood }) => !isGood)
    .map(({ name, isRequired, blames, message }) => `${name} ${isRequired} ${blames}: ${message}`);

test('a node that runs, with scripts that pass, is well', async (t) => {
  await using dir = await temporary();
  const script = { 'required.d/one': '#!/bin/sh\n', 'wanted.d/two': '#!/bin/sh\nexit 0\n' };
  const results = await lookAround(await places(dir.path, script), node(WELL));
  t.deepEqual(bad(results), []);
  t.deepEqual(
    results.map(({ name }) => name),
    ['systemd', 'persist', 'one', 'two'],
  );
});

test('what fails is named, with what it said, and with who is to blame', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, {
    'required.d/disk': '#!/bin/sh\necho looking; echo no disk; exit 3\n',
    'required.d/no-program': '#!/no/interpreter\n',
    'wanted.d/nice': '#!/bin/sh\nexit 1\n',
  });
  await writeFile(where.persistState, 'read-only e2fsck-4\n');
  const ill = node({
    'is-system-running': 'degraded\n',
    'list-units': 'a.service loaded failed failed A\nb.mount loaded failed failed B\n',
  });
  t.deepEqual(bad(await lookAround(where, ill)), [
    'systemd true release: degraded: a.service, b.mount',
    'persist true node: PERSIST is read-only e2fsck-4',
    'disk true release: exit code 3: no disk',
    'no-program true release: exit code none: ',
    'nice false release: exit code 1: ',
  ]);
});

test('kubelet is asked where it is enabled', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path);
  const enabled = node({ ...WELL, 'is-enabled': 'enabled\n' });
  const [dead] = bad(await lookAround(where, enabled));
  t.regex(dead ?? '', /^kubelet true release: .*ECONNREFUSED/);
  await using server = createServer((_, response) => void response.end('ok'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const kubelet = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
  t.deepEqual(bad(await lookAround({ ...where, kubelet }, enabled)), []);
});

test('whatever is called or said, the agent takes the result', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, {
    [`required.d/${'long'.repeat(50)}`]:
      '#!/bin/sh\nhead -c 60000 /dev/zero | tr "\\0" x; exit 1\n',
  });
  for (const result of await lookAround(where, node(WELL))) {
    t.true(checkResultSchema.safeParse(result).success, result.name);
  }
});
