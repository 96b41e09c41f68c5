import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { ONE, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';
import { runKubeos } from './run-kubeos.ts';

const rollout = async ({ cluster }: RolloutScene, ...args: readonly string[]) =>
  await runKubeos(cluster, 'rollout', ...args);

const RELEASE = ['--release', `2.0.0@${TWO}`, '--selector', 'tier=web'];
/** Of the events of a node that has what was asked for. */
const ON = { event: 'node', node: 'n2', result: 'passed', doing: 'current' };
const WEB = { labels: { tier: 'web' }, digest: ONE };

test('a release is rolled out by one command that waits, and its exit code says how it ended', async (t) => {
  await using scene = await startRolloutScene();
  // What leaves one node is told while that is still away, and that somebody watches before the next is emptied.
  for (const name of ['n1', 'n2']) await scene.addNode({ name, ...WEB, restartMs: 3000 });
  const spec = { health: { readySeconds: 0 } };
  await scene.apply(osWith(spec));
  const planned = await rollout(scene, 'plan', 'fleet', ...RELEASE);
  t.is(planned.exitCode, 8, planned.stdout);
  t.regex(planned.stdout, /n1 {2}does not get it: proxy: no proxy has said what runs on it/);
  const operator = scene.startOperator();
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-report-'));
  const xml = path.join(folder.path, 'rollout.xml');
  const json = path.join(folder.path, 'rollout.json');
  for (const object of SERVICE) await scene.apply(object);
  await scene.until('the Service has an endpoint', async () => {
    const ready = 'jsonpath={.items[*].endpoints[*].conditions.ready}';
    const { stdout } = await scene.cluster.kubectl(['get', 'endpointslices', '-o', ready]);
    return stdout.includes('true');
  });
  const reports = ['--report', xml, '--report', json, '--measure-services'];
  const waits = ['--wait', '--timeout', '10m', ...reports];
  const started = await rollout(scene, 'start', 'fleet', ...RELEASE, ...waits);
  t.is(started.exitCode, 0, `${started.stdout}${started.stderr}${operator.said().join('\n')}`);
  t.regex(started.stderr, /fleet: RolloutInProgress: /);
  t.regex(started.stdout, /AllNodesOnRelease: 2 nodes run 2\.0\.0\n {2}nodes: 2 in all, 2 current/);
  t.regex(started.stdout, /^ {2}begun \d+s ago; a node: prepare /m);
  t.regex(await readFile(xml, 'utf8'), /tests="3" failures="0" errors="0" skipped="0"/);
  t.deepEqual(nodesIn(await readFile(json, 'utf8')), [
    ['n1', 'passed', 'prepare drain switch'],
    ['n2', 'passed', 'prepare drain switch'],
  ]);
  t.regex(started.stdout, /^ {2}services: \d of \d were without a Ready endpoint$/m);
  t.regex(started.stdout, /^ {2}pods: [12] moves; most: Deployment default\/web, [12] a pod$/m);
  const again = await rollout(scene, 'start', 'fleet', ...RELEASE, '--wait');
  t.is(again.exitCode, 0, 'the same again is done already');
  const status = JSON.parse((await rollout(scene, 'status', 'fleet', '--json')).stdout) as object;
  t.like(status, { kind: 'RolloutStatus', verdict: 'done', status: { counts: { current: 2 } } });
  t.regex(
    (await rollout(scene, 'why', 'n1')).stdout,
    /^n1 {2}default\/fleet {2}current .*\n {2}runs 2\.0\.0\n/,
  );
  t.regex(
    (await rollout(scene, 'history', 'fleet')).stdout,
    /Z {2}AllNodesOnRelease {2}2 nodes run/,
  );
  const next = await rollout(scene, 'plan', 'fleet', '-r', `2.1.0@sha256:${'4'.repeat(64)}`);
  t.is(next.exitCode, 0, next.stdout);
  t.regex(next.stdout, /2 nodes, of which 2 get it: about /);
  t.regex(next.stdout, /^ {2}n\d +1 +\S+Z {2}\S+Z$/m);
  const third = `3.0.0@sha256:${'3'.repeat(64)}`;
  t.regex((await rollout(scene, 'pause', 'fleet', '--dry-run')).stdout, /to its end \(dry run\)$/m);
  t.regex((await rollout(scene, 'status', 'fleet')).stdout, /AllNodesOnRelease/);
  t.is((await rollout(scene, 'pause', 'fleet', '--by', 'ada')).exitCode, 0);
  await rollout(scene, 'start', 'fleet', '--release', third, '--selector', 'tier=web');
  const short = ['--wait', '--timeout', '15s', '--report', xml];
  const paused = await rollout(scene, 'status', 'fleet', ...short);
  t.is(paused.exitCode, 10);
  t.regex(await readFile(xml, 'utf8'), /tests="3" failures="1" errors="0" skipped="2"/);
  t.regex(paused.stdout, /PausedByUser: paused by ada/);
  t.regex(
    (await rollout(scene, 'why', 'n2')).stdout,
    /pending.*\n.*\n {2}waits: paused: paused by ada since /,
  );
  t.is((await rollout(scene, 'abort', 'fleet')).exitCode, 0);
  await rollout(scene, 'resume', 'fleet');
  const aborted = await rollout(scene, 'status', 'fleet', '--wait');
  t.is(aborted.exitCode, 8, aborted.stdout);
  await rollout(scene, 'retry', 'fleet');
  const watched = await rollout(scene, 'watch', 'fleet', '--timeout', '10m', '--json');
  t.is(watched.exitCode, 0, watched.stderr);
  const events = watched.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  t.true(
    events.some((event) => isDeepStrictEqual({ ...event, ...ON }, event)),
    watched.stderr,
  );
  await rollout(scene, 'rollback', 'fleet');
  // Done until the operator has read the wish.
  await scene.untilReads('fleet', 'RollingBack');
  const back = await rollout(scene, 'status', 'fleet', '--wait', '--timeout', '10m');
  t.is(back.exitCode, 9, back.stdout);
  const refused = await rollout(scene, 'start', 'fleet', '--release', third);
  t.is(refused.exitCode, 8);
  t.regex(
    refused.stderr,
    /3\.0\.0 was taken back under default\/fleet before, .*\n.*rollout retry fleet/,
  );
  await rollout(scene, 'retry', 'fleet');
  const onward = await rollout(scene, 'status', 'fleet', '--wait', '--timeout', '10m');
  t.is(onward.exitCode, 0, `what went back goes forth again: ${onward.stdout}`);
});

test('without an operator in the cluster the command is one for as long as it waits', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', ...WEB });
  await scene.apply(osWith({ health: { readySeconds: 0 } }));
  const done = await rollout(scene, 'start', 'fleet', ...RELEASE, '--local', '--timeout', '10m');
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stderr, /n1: activate/);
  const path = 'jsonpath={.spec.holderIdentity}';
  const { stdout } = await scene.cluster.kubectl(['get', 'lease', 'kubeos-operator', '-o', path]);
  t.is(stdout, '', 'the lease is given back');
});

test('what is wrong is told before anything is written, with what to do', async (t) => {
  await using scene = await startRolloutScene();
  const none = await rollout(scene, 'status', 'fleet');
  t.is(none.exitCode, 8);
  t.regex(none.stderr, /there is no OS object default\/fleet\n.*kubectl get os -A/s);
  const where = await rollout(scene, 'watch', 'fleet', '--report', '/nowhere/rollout.xml');
  t.is(where.exitCode, 2);
  t.regex(where.stderr, /cannot be written into \/nowhere\n.*mkdir -p \/nowhere/);
  const version = await rollout(scene, 'start', 'fleet', '--release', '2.0.0');
  t.is(version.exitCode, 2);
  t.regex(version.stderr, /spec\.release: a version and a digest such as 1\.4\.2@sha256/);
  const settings = { version: 's1', configs: [] };
  const byOthers = { opstype: 'config', sysconfigs: settings };
  await scene.apply(osWith(byOthers));
  const settled = await rollout(scene, 'start', 'fleet', ...RELEASE, '--wait');
  t.is(settled.exitCode, 7, 'a release beside settings would lie there');
  t.regex(settled.stderr, /fleet is kept by others: .*spec\.opstype.*\n.*force-conflicts/s);
  const node = await rollout(scene, 'why', 'nobody');
  t.is(node.exitCode, 8);
  await scene.cluster.stopApiServer();
  const away = await rollout(scene, 'status', 'fleet');
  t.is(away.exitCode, 7);
  t.regex(away.stderr, /the API server does not answer/);
});

/** Each node with what became of it, and the phases whose time was measured. */
function nodesIn(report: string): readonly (readonly string[])[] {
  const { nodes } = JSON.parse(report) as {
    nodes: { node: string; result: string; runs: { seconds: Record<string, number> }[] }[];
  };
  return nodes.map(({ node, result, runs }) => {
    const phases = runs.flatMap(({ seconds }) => Object.keys(seconds));
    return [node, result, phases.filter((phase) => phase !== 'wait').join(' ')];
  });
}

const LABELS = { app: 'web' };
const SERVICE = [
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: {
      ...{ replicas: 1, selector: { matchLabels: LABELS } },
      template: {
        metadata: { labels: LABELS },
        spec: { containers: [{ name: 'main', image: 'nothing' }] },
      },
    },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: { selector: LABELS, ports: [{ port: 80 }] },
  },
];

const osWith = (spec: object): object => ({
  ...{ apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS' },
  metadata: { name: 'fleet', namespace: 'default' },
  spec: { osversion: '1.0.0', opstype: 'upgrade', nodeselector: 'nobody', ...spec },
});
