import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { isListening } from '../../src/demo/control-plane/free-port.ts';
import { until } from '../../src/demo/control-plane/until.ts';

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
  const kubeconfig = await cluster.kubeconfigFor(token.trim());
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
