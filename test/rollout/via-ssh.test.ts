import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { startFileScene } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { ROOT } from '../boot/testbed.ts';
import { askApiAs } from '../cluster/ask-api.ts';
import { startSshd, type Sshd } from '../release/repository-sshd.ts';
import { beating } from './beating.ts';
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

/** A user who knows these hosts, and has a key that the first one takes. */
async function homeFor(folder: string, ...hosts: readonly [Sshd, ...Sshd[]]) {
  const [{ privateKey }] = hosts;
  await mkdir(path.join(folder, '.ssh'));
  const lines = hosts.map(({ knownHost }) => `${knownHost}\n`);
  await writeFile(path.join(folder, '.ssh/known_hosts'), lines.join(''));
  const key = path.join(folder, 'key');
  await writeFile(key, privateKey, { mode: 0o600 });
  return key;
}

const nodeAt = (name: string, { user, port }: Sshd): object => ({
  metadata: {
    ...{ name, annotations: { 'upgrade.openeuler.org/ssh-address': `${user}@127.0.0.1:${port}` } },
  },
});

const SPEC = { health: { readySeconds: 1 }, drain: { policy: 'force', timeout: '1s' } };

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
  await ask('POST', '/api/v1/nodes', nodeAt('n1', sshd));
  await using kubelet = beating(ask, 'n1');
  await using machine = startMachine({ scene: files, onBoot: kubelet.onBoot });
  const file = path.join(folder.path, 'os.yaml');
  await writeFile(file, JSON.stringify(osOf('fleet', { ...SPEC, release: `1.0.2@${two.digest}` })));
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

/** A host of its own: its agent's socket is where it is on every host. */
async function startHost(folder: string, name: string, at: string) {
  await using undo = new AsyncDisposableStack();
  const files = undo.use(await startFileScene());
  await bundleDaemon(files.directory);
  const seen = { folder: path.dirname(files.node.socket), at };
  const sshd = undo.use(await startSshd(path.join(folder, name), seen));
  // Hosts of a fleet take the same key.
  await copyFile(path.join(folder, 'jump/login.pub'), path.join(folder, name, 'login.pub'));
  const held = undo.move();
  const dispose = async (): Promise<void> => await held.disposeAsync();
  return { files, sshd, [Symbol.asyncDispose]: dispose };
}

test('nodes behind another host go one after another, by its connection', async (t) => {
  if (process.getuid?.() !== 0) return t.log('needs root: each host has mounts of its own');
  await using folder = await mkdtempDisposable('/var/tmp/kubeos-ssh-');
  const place = path.join(folder.path, 'agent');
  await mkdir(place);
  await using jump = await startSshd(path.join(folder.path, 'jump'));
  await using one = await startHost(folder.path, 'n1', place);
  await using two = await startHost(folder.path, 'n2', place);
  const key = await homeFor(folder.path, jump, one.sshd, two.sshd);
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  for (const [name, { sshd }] of [['n1', one] as const, ['n2', two] as const]) {
    await ask('POST', '/api/v1/nodes', nodeAt(name, sshd));
  }
  const [release] = [await one.files.publish('1.0.2'), await two.files.publish('1.0.2')];
  await using kubelets = new AsyncDisposableStack();
  const onBoot = (name: string) => kubelets.use(beating(ask, name)).onBoot;
  await using first = startMachine({ scene: one.files, onBoot: onBoot('n1') });
  await using second = startMachine({ scene: two.files, onBoot: onBoot('n2') });
  const file = path.join(folder.path, 'os.yaml');
  const asked = osOf('fleet', { ...SPEC, release: `1.0.2@${release.digest}` });
  await writeFile(file, JSON.stringify(asked));
  const socket = path.join(place, path.basename(one.files.node.socket));
  const { said, how } = await runKubeos(
    folder.path,
    [
      ...['rollout', 'start', 'fleet', '--file', file, '--kubeconfig', cluster.kubeconfig],
      ...['--local', '--via', 'ssh', '--ssh-address-from', 'annotation', '--ssh-key', key],
      ...['--jump', `${jump.user}@127.0.0.1:${jump.port}`],
      ...['--agent-socket', socket, '--timeout', '4m'],
    ],
    null,
  );
  t.is(how, 0, `${said}\n--\n${first.said()}\n--\n${second.said()}`);
  const steps = said.match(/n[12]: asks the agent: (activate|commit)/g) ?? [];
  const names = steps.map((step) => step.slice(0, 2));
  t.true(['n1 n1 n2 n2', 'n2 n2 n1 n1'].includes(names.join(' ')), said);
  t.deepEqual([first.restarts, second.restarts], [['B'], ['B']]);
  t.is(jump.connections(), 1, 'both nodes are reached by one connection to it');
});
