import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdtempDisposable, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { isListening } from '../../src/demo/control-plane/free-port.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { untilNodesReady } from '../../src/demo/nodes/fill-cluster.ts';
import { oversee } from '../../src/demo/oversight.ts';
import { KubeosError } from '../../src/errors.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';

const NODE = {
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'TestSaysSo', message: '' }],
  },
};

const DEPLOYMENT = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    ...{ replicas: 2, selector: { matchLabels: { app: 'web' } } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.com/web' }] },
    },
  },
};

test('the servers work together: a Deployment becomes pods, and these get a node', async (t) => {
  await using cluster = await startControlPlane();
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(NODE) });
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(DEPLOYMENT) });
  await until('both pods are on n1', async () => {
    const { stdout } = await cluster.kubectl(['get', 'pods', '-o', 'jsonpath={..spec.nodeName}']);
    return stdout === 'n1 n1';
  });
  t.pass();
});

test('what is stored outlasts an outage of the API server, and its address stays', async (t) => {
  await using cluster = await startControlPlane();
  await cluster.kubectl(['create', 'namespace', 'kept']);
  await cluster.stopApiServer();
  await t.throwsAsync(cluster.kubectl(['get', 'namespace', 'kept']), { message: /kubectl/ });
  await cluster.startApiServer();
  const { stdout } = await cluster.kubectl(['get', 'namespace', 'kept', '-o', 'name']);
  t.is(stdout, 'namespace/kept\n');
});

const review = z.object({
  status: z.object({
    userInfo: z.object({ username: z.string(), extra: z.record(z.string(), z.unknown()) }),
  }),
});

test('a token that is bound to a node says so of whoever has it', async (t) => {
  await using cluster = await startControlPlane();
  await cluster.kubectl(['create', 'serviceaccount', 'proxy']);
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(NODE) });
  const { stdout: token } = await cluster.kubectl([
    ...['create', 'token', 'proxy', '--bound-object-kind=Node', '--bound-object-name=n1'],
  ]);
  const kubeconfig = await kubeconfigFor(cluster, token.trim());
  const { stdout } = await cluster.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig });
  const { username, extra } = review.parse(JSON.parse(stdout)).status.userInfo;
  t.is(username, 'system:serviceaccount:default:proxy');
  t.deepEqual(extra['authentication.kubernetes.io/node-name'], ['n1']);
});

test('the servers end with the process that started them, however that ends', async (t) => {
  const program = fileURLToPath(new URL('hold-control-plane.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(new URL(url.toString().trim()).port);
  t.true(await isListening(port));
  child.kill('SIGKILL');
  await until('the API server is gone', async () => !(await isListening(port)));
});

const watch = { say: () => undefined, patienceMs: 600_000 };

test('a server that dies ends what waits for it, and is told', async (t) => {
  await using logs = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cluster-logs-'));
  const oversight = oversee(new AbortController().signal, logs.path);
  await using cluster = await startControlPlane({ oversight });
  const waiting = untilNodesReady(cluster, ['n1'], { ...watch, ...oversight });
  process.kill(await pidOf('kube-scheduler', cluster.folder), 'SIGKILL');
  const failure: unknown = await waiting.catch((error: unknown) => error);
  const death = oversight.causeOf(failure);
  if (!(death instanceof KubeosError)) throw failure;
  t.regex(death.message, /^kube-scheduler has ended \(SIGKILL\)/);
  t.is(death.hint, `all that it said is in ${logs.path}/kube-scheduler.log`);
});

test('whoever is stopped waits no longer, and a server that does not answer is waited for', async (t) => {
  const stop = new AbortController();
  const oversight = { signal: stop.signal, onDeath: (): void => t.fail() };
  await using cluster = await startControlPlane({ oversight });
  await cluster.stopApiServer();
  const waiting = untilNodesReady(cluster, ['n1'], { ...watch, signal: stop.signal });
  const brief = { ...watch, signal: stop.signal, patienceMs: 1, logs: '/logs' };
  const error: KubeosError = await t.throwsAsync(untilNodesReady(cluster, ['n1'], brief), {
    ...{ code: 'TIMED_OUT', message: /before all nodes are Ready; kubectl: .*refused/s },
  });
  t.regex(error.hint ?? '', /; what servers and machines said is in \/logs$/);
  stop.abort('SIGINT');
  await t.throwsAsync(waiting);
});

/** The server is the one of this name that works in this folder. */
async function pidOf(name: string, folder: string): Promise<number> {
  for await (const place of glob('/proc/[0-9]*')) {
    const cwd = await readlink(path.join(place, 'cwd')).catch(() => '');
    const commandLine = await readFile(path.join(place, 'cmdline'), 'utf8').catch(() => '');
    if (cwd === folder && commandLine.includes(name)) return Number(path.basename(place));
  }
  throw new Error(`no ${name} in ${folder}`);
}
