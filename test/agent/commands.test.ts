import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { main } from '../../src/agent/cli/main.ts';
import { examineNode } from '../../src/agent/doctor/examine-node.ts';
import type { CommandReader } from '../../src/agent/command-runner.ts';
import type { FileNode } from './file-node.ts';
import { startFileScene } from './file-scene.ts';
import { withAgent } from './run-daemon.ts';

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `kubeos-agent …` on a node. */
async function kubeosAgent(
  { socket }: FileNode,
  args: readonly string[],
  signal = new AbortController().signal,
): Promise<Said> {
  let [stdout, stderr] = ['', ''];
  const exitCode = await main({
    ...{ args: [...args, '--socket', socket], version: '0.1.0', signal },
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { exitCode, stdout, stderr };
}

test('a release is planned, prepared and activated by commands, and the next start knows what was done', async (t) => {
  await using scene = await startFileScene();
  const { node, one } = scene;
  const two = await scene.publish('1.0.2');
  const say = async (...args: readonly string[]) => await kubeosAgent(node, args);
  await withAgent(node, async () => {
    const before = await readFile(node.rootDevice('B'));
    const planned = await say('plan', '1.0.2');
    t.is(planned.exitCode, 0, planned.stderr);
    t.regex(planned.stdout, new RegExp(`^1\\.0\\.2 {2}epoch 2 {2}${two.digest}\n`));
    t.regex(planned.stdout, /to fetch: \d\.\d MiB as .+\n {2}nothing speaks against it\n$/);
    t.true(before.equals(await readFile(node.rootDevice('B'))), 'a plan changes nothing');
    const document: unknown = JSON.parse((await say('plan', '1.0.2', '--json')).stdout);
    t.like(document, { kind: 'ReleasePlan', release: { digest: two.digest }, refusals: [] });
    const prepared = await say('prepare', '1.0.2', '--limit-rate', '500M');
    t.is(prepared.exitCode, 0, prepared.stderr);
    t.regex(prepared.stderr, /^prepare: verifying\n(prepare: .+\n)+$/);
    t.regex((await say('plan', '1.0.2')).stdout, /to fetch: nothing\n/);
    t.is((await say('activate')).exitCode, 0);
    t.regex((await say('status')).stdout, /^next boot: slot B, on trial$/m);
    t.is((await say('prepare', '1.0.2')).exitCode, 0, 'it is there already');
    const older = await say('plan', '1.0.1');
    t.regex(older.stdout, /^ {2}refused: slot B is activated: .+\n {4}restart, or cancel/m);
  });
  await withAgent(node, async () => {
    t.like(JSON.parse((await say('status', '--json')).stdout), {
      kind: 'AgentStatus',
      booted: 'A',
      slots: { A: { release: { digest: one.digest } } },
      last: { kind: 'prepare', outcome: 'done' },
    });
  });
});

test('a command waits for the end of what it began, not of what ended before the agent started', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  for (const version of ['1.0.2', '1.0.3']) {
    const { digest } = await scene.publish(version);
    await withAgent(node, async () => {
      const prepared = await kubeosAgent(node, ['prepare', version]);
      t.is(prepared.exitCode, 0, prepared.stderr);
      t.like(JSON.parse((await kubeosAgent(node, ['status', '--json'])).stdout), {
        operation: null,
        slots: { B: { state: 'written', release: { digest } } },
      });
    });
  }
});

test('watch tells what happens until it is stopped', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  await scene.publish('1.0.2');
  await withAgent(node, async () => {
    const end = new AbortController();
    const watching = kubeosAgent(node, ['watch', '--json'], end.signal);
    const prepared = await kubeosAgent(node, ['prepare', '1.0.2']);
    t.is(prepared.exitCode, 0, prepared.stderr);
    end.abort();
    const { stdout, exitCode } = await watching;
    t.is(exitCode, 0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly event: string });
    t.like(events[0], { event: 'status' });
    t.true(events.some((event) => event.event === 'operation'));
    t.like(
      events.find(({ event }) => event === 'result'),
      { result: { kind: 'prepare', outcome: 'done', transfer: { blocks: 3 } } },
    );
  });
});

const SYSTEMD: CommandReader = async (program, args) => {
  const stdout = program === 'timedatectl' ? 'yes\n' : args[0] === 'is-active' ? 'active\n' : '';
  return await Promise.resolve({ exitCode: 0, stdout });
};

test('doctor finds a sound node sound, and says of a broken one what to do', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  const state = `${node.directory}/persist-state`;
  await writeFile(state, 'writable\n');
  const examine = async () =>
    await examineNode({
      ...{ places: node.places, socket: node.socket, read: SYSTEMD, now: new Date() },
      persist: { proc: '/none', persistState: state, persist: node.directory },
    });
  await scene.publish('1.0.2');
  await withAgent(node, async () => {
    t.is((await kubeosAgent(node, ['prepare', '1.0.2'])).exitCode, 0);
    const found = await examine();
    const badOnes = found.filter((finding) => finding.state === 'bad');
    t.deepEqual(badOnes, []);
    t.like(
      found.find(({ subject }) => subject === 'metadata of default'),
      { state: 'good' },
    );
    t.like(
      found.find(({ subject }) => subject === 'unsigned images'),
      { state: 'good' },
    );
    t.regex(found.find(({ subject }) => subject === 'slot B')?.found ?? '', /^1\.0\.2, sha256:/);
  });
  await writeFile(node.places.trust, '{"allowUnsigned": true}');
  const noted = (await examine()).filter((finding) => finding.state === 'note');
  t.true(noted.some(({ subject }) => subject === 'unsigned images'));
  await writeFile(state, 'read-only\n');
  await writeFile(node.places.records[0] ?? '', Buffer.alloc(8192));
  const bad = (await examine()).filter((finding) => finding.state === 'bad');
  t.deepEqual(bad.map(({ subject }) => subject).toSorted(), ['PERSIST', 'agent', 'slot records']);
  t.true(bad.every(({ remedy }) => remedy !== null));
});
