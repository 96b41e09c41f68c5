import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { startFileScene } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { ROOT } from '../boot/testbed.ts';
import { askApiAs } from '../cluster/ask-api.ts';
import { startSshd, type Sshd } from '../release/repository-sshd.ts';
import { startMachine } from './machine.ts';
import { osOf, startRolloutScene } from './rollout-scene.ts';

/** `kubeos …`, ended without a word as soon as it has said this. */
async function runKubeos(home: string, args: readonly string[], killWhenSaid: RegExp | null) {
  const child = spawn(process.execPath, ['bin/kubeos.ts', ...args], {
    ...{ cwd: ROOT, env: { HOME: home } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const take = (text: string): void => {
    said += text;
    if (killWhenSaid?.test(said) === true) child.kill('SIGKILL');
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  await once(child, 'close');
  return { said, how: child.signalCode ?? child.exitCode };
}

/** A user who knows this host, and has a key that it takes. */
async function homeFor(folder: string, { knownHost, privateKey }: Sshd) {
  await mkdir(path.join(folder, '.ssh'));
  await writeFile(path.join(folder, '.ssh/known_hosts'), knownHost);
  const key = path.join(folder, 'key');
  await writeFile(key, privateKey, { mode: 0o600 });
  return key;
}

test('with nothing of kubeos in the cluster one command rolls out over SSH, and again after it was killed', async (t) => {
  await using folder = await mkdtempDisposable('/var/tmp/kubeos-ssh-');
  await using sshd = await startSshd(path.join(folder.path, 'sshd'));
  const key = await homeFor(folder.path, sshd);
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  await using files = await startFileScene();
  await bundleDaemon(files.directory);
  const two = await files.publish('1.0.2');
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  const address = `${sshd.user}@127.0.0.1:${sshd.port}`;
  const annotations = { 'upgrade.openeuler.org/ssh-address': address };
  await ask('POST', '/api/v1/nodes', { metadata: { name: 'n1', annotations } });
  const beReady = async (bootID: string): Promise<void> => {
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const times = { lastHeartbeatTime: now, lastTransitionTime: now };
    const ready = { type: 'Ready', status: 'True', reason: 'Kubelet', message: '', ...times };
    const status = { nodeInfo: { bootID }, conditions: [ready] };
    await ask('PATCH', '/api/v1/nodes/n1/status', { status });
  };
  await using machine = startMachine({ scene: files, onBoot: beReady });
  const file = path.join(folder.path, 'os.yaml');
  const spec = { release: `1.0.2@${two.digest}`, health: { readySeconds: 1 } };
  const drain = { policy: 'force', timeout: '1s' };
  await writeFile(file, JSON.stringify(osOf('fleet', { ...spec, drain })));
  const start = [
    ...['rollout', 'start', 'fleet', '--file', file, '--kubeconfig', cluster.kubeconfig],
    ...['--local', '--via', 'ssh', '--ssh-address-from', 'annotation', '--ssh-key', key],
    ...['--agent-socket', files.node.socket, '--timeout', '4m'],
  ];
  const killed = await runKubeos(folder.path, start, /n1: asks the agent: activate/);
  t.is(killed.how, 'SIGKILL', killed.said);
  // As if its time was over already.
  await cluster.kubectl(['delete', 'lease', 'kubeos-operator']);
  const again = await runKubeos(folder.path, start, null);
  t.is(again.how, 0, `${killed.said}\n--\n${again.said}\n--\n${machine.said()}`);
  t.regex(again.said, /n1: asks the agent: commit/);
  t.notRegex(again.said, /n1: asks the agent: prepare/);
  t.deepEqual(machine.restarts, ['B']);
  t.deepEqual((await files.node.slots()).B, { ok: true, tries: 0 });
  const field = 'jsonpath={.metadata.managedFields[?(@.subresource=="status")].manager}';
  const { stdout } = await cluster.kubectl(['get', 'osinstance', 'n1', '-o', field]);
  t.is(stdout, 'kubeos-proxy');
});
