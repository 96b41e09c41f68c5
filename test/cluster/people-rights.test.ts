import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';
import { askApiAs, type AskApi } from './ask-api.ts';
import { startInstalled } from './installed.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));
const GROUP = '/apis/upgrade.openeuler.org/v1alpha1';
const RELEASE = `2.0.0@sha256:${'ab'.repeat(32)}`;
const commands = hostCommands({ signal: new AbortController().signal });

const starting = startWithPipeline();
test.after.always(async () => await (await starting).installed[Symbol.asyncDispose]());

/** The account of a pipeline, bound as the guide says. */
async function startWithPipeline() {
  await using undo = new AsyncDisposableStack();
  const installed = undo.use(await startInstalled());
  const { kubectl } = installed.cluster;
  await kubectl(['create', 'namespace', 'ci']);
  await kubectl(['create', 'serviceaccount', 'deployer', '-n', 'ci']);
  const account = '--serviceaccount=ci:deployer';
  await kubectl(['create', 'clusterrolebinding', 'ci', '--clusterrole=kubeos-view', account]);
  const bind = ['create', 'rolebinding', 'ci', '-n', 'default', '--clusterrole=kubeos-rollout'];
  await kubectl([...bind, account]);
  const { stdout } = await kubectl(['create', 'token', 'deployer', '-n', 'ci']);
  const kubeconfig = await kubeconfigFor(installed.cluster, stdout.trim());
  undo.move();
  return { installed, kubeconfig, ask: await askApiAs(installed.cluster, kubeconfig) };
}

test('a pipeline with the two roles starts a rollout, follows it, and tells it what to do', async (t) => {
  const { kubeconfig } = await starting;
  const run = async (...args: string[]) => {
    const all = [KUBEOS, 'rollout', ...args, '--kubeconfig', kubeconfig];
    return await commands.run({ tool: process.execPath, args: all, successCodes: [0, 10] });
  };
  const rollout = async (...args: string[]): Promise<string> => (await run(...args)).stdout;
  await rollout('start', 'fleet', '--release', RELEASE, '--selector', 'a=b');
  await rollout('pause', 'fleet');
  const long = JSON.stringify({ spec: { renewTime: '2026-01-01T00:00:00.000000Z' } });
  const lease = ['lease', 'kubeos-operator', '-n', 'kubeos-system'];
  await (await starting).installed.cluster.kubectl(['patch', ...lease, '--type=merge', '-p', long]);
  t.regex(await rollout('status', 'fleet'), /fleet.*\n {2}no operator works since 2026-01-01T/s);
  const watched = await run('watch', 'fleet', '--timeout', '5s', '--measure-services');
  t.is(watched.exitCode, 10);
  t.regex(
    watched.stderr,
    /services are not measured: .* \(ClusterRole view of Kubernetes has them\)/,
  );
  t.notRegex(watched.stderr, /nodes are not shown/);
});

test('a plan of an account that may not look at pods shows all but the drains, and says so', async (t) => {
  const { installed, kubeconfig } = await starting;
  const { kubectl } = installed.cluster;
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const node = JSON.stringify({ status: { conditions: [ready] } });
  await kubectl(['patch', 'node', 'n1', '--subresource=status', '--type=merge', '-p', node]);
  const booted = { slot: 'A', digest: `sha256:${'1'.repeat(64)}`, bootId: 'boot' };
  const status = JSON.stringify({ status: { booted } });
  const patch = ['patch', 'osinstance', 'n1', '--subresource=status', '--type=merge', '-p', status];
  await kubectl(patch);
  const asked = ['planned', '--release', RELEASE, '--selector', 'kubernetes.io/hostname=n1'];
  const { stdout, stderr } = await commands.run({
    tool: process.execPath,
    args: [KUBEOS, 'rollout', 'plan', ...asked, '--kubeconfig', kubeconfig],
  });
  t.regex(stdout, /n1/);
  t.regex(stderr, /what a drain would do is not shown: .*pods is forbidden.*--drains 0/s);
});

test('what --via ssh needs beside them is named before anything is written, and two roles have it', async (t) => {
  const { installed, kubeconfig, ask } = await starting;
  const args = ['rollout', 'start', 'by-ssh', '--release', RELEASE, '--selector', 'a=b'];
  const viaSsh = [KUBEOS, ...args, '--via', 'ssh', '--kubeconfig', kubeconfig];
  const started = async (...more: string[]) =>
    await commands.run({
      tool: process.execPath,
      args: [...viaSsh, ...more],
      successCodes: [0, 7],
    });
  const refused = await started();
  t.is(refused.exitCode, 7);
  t.regex(
    refused.stderr,
    /rights are missing: list pods in kubeos-proxy; watch pods .*; patch osin/,
  );
  t.regex(refused.stderr, /Role kubeos-ssh/);
  const there = ['get', 'os', 'by-ssh', '--ignore-not-found', '-o', 'name'];
  t.is((await installed.cluster.kubectl(there)).stdout, '');
  for (const namespace of ['default', 'kubeos-proxy']) {
    const bind = ['create', 'rolebinding', 'ci-ssh', '-n', namespace, '--role=kubeos-ssh'];
    await installed.cluster.kubectl([...bind, '--serviceaccount=ci:deployer']);
  }
  t.is((await started('--dry-run', 'server')).exitCode, 0);
  const status = `${GROUP}/namespaces/default/osinstances/nobody/status`;
  t.is((await ask('PATCH', status, {})).status, 404, 'refused by nobody');
});

const REFUSED: readonly (readonly [string, Parameters<AskApi>])[] = [
  ['a rollout elsewhere', ['POST', `${GROUP}/namespaces/kube-system/os`, {}]],
  ['what the operator says', ['PATCH', `${GROUP}/namespaces/default/os/fleet/status`, {}]],
  ['what a node is to do', ['PATCH', `${GROUP}/namespaces/default/osinstances/n1`, {}]],
  ['a node', ['PATCH', '/api/v1/nodes/n1', {}]],
  ['an eviction', ['POST', '/api/v1/namespaces/default/pods/x/eviction', {}]],
  ['secrets', ['GET', '/api/v1/namespaces/default/secrets']],
];

for (const [what, request] of REFUSED) {
  test(`and it does not get at ${what}`, async (t) => {
    const { ask } = await starting;
    t.is((await ask(...request)).status, 403);
  });
}
