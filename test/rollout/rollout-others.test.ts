import { hostCommands } from '../../src/host/run-commands.ts';
import test from 'ava';
import { ROOT } from '../boot/testbed.ts';
import { ONE, osOf, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';
import { runKubeos } from './run-kubeos.ts';

const rollout = async ({ cluster }: RolloutScene, ...args: readonly string[]) =>
  await runKubeos(cluster, 'rollout', ...args);

const RELEASE = `2.0.0@${TWO}`;
const THIRD = `3.0.0@sha256:${'3'.repeat(64)}`;
const WEB = { labels: { tier: 'web' }, digest: ONE };

test('flags change what they name; what the command line said before stays, as the plan says', async (t) => {
  await using scene = await startRolloutScene();
  const start = async (...args: readonly string[]) =>
    await rollout(scene, 'start', 'fleet', ...args);
  await start('-r', RELEASE, '--selector', 'tier=web', '--max-unavailable', '10%');
  t.is((await start('-r', THIRD)).exitCode, 0);
  const specOf = async (): Promise<unknown> => (await scene.os('fleet')).spec;
  const selector = { matchLabels: { tier: 'web' } };
  t.like(await specOf(), { release: THIRD, selector, strategy: { maxUnavailable: '10%' } });
  t.is((await start('--selector', 'tier=db')).exitCode, 0, 'the release was said before');
  t.like(await specOf(), { release: THIRD, selector: { matchLabels: { tier: 'db' } } });

  const waves = [{ size: 1, approval: true }];
  await scene.apply(osOf('kept', { strategy: { waves }, nodeselector: 'kept' }));
  const taken = await rollout(scene, 'start', 'kept', '-r', THIRD);
  t.is(taken.exitCode, 7);
  t.regex(taken.stderr, /default\/kept is kept by others: .*kubectl.*\.spec\.release/s);
  t.regex(taken.stderr, /→ change it where they keep it .*--force-conflicts/);
  const shown = await rollout(scene, 'start', 'kept', '-r', THIRD, '--dry-run', 'client');
  t.like(JSON.parse(shown.stdout), { kind: 'OS', metadata: { name: 'kept' } });
  await scene.cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: shown.stdout });
  const planned = await rollout(scene, 'plan', 'kept', '--max-unavailable', '3', '--json');
  t.is(planned.exitCode, 0, planned.stderr);
  const none = await rollout(scene, 'plan', 'kept');
  t.regex(none.stdout, /^ {2}the selection means no node$/m);
  await scene.addNode({
    name: 'n1',
    labels: { 'upgrade.openeuler.org/node-selector': 'kept' },
    digest: ONE,
  });
  const text = await rollout(scene, 'plan', 'kept', '--max-unavailable', '3');
  t.regex(text.stdout, /each wave that asks for approval gets it at once/, 'waves of others count');
});

test('who waits is told what became of it: another release, the end of the object, no API server', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', ...WEB });
  await rollout(scene, 'start', 'fleet', '-r', RELEASE, '--selector', 'tier=web');
  await rollout(scene, 'pause', 'fleet');
  scene.startOperator();
  const waiting = rollout(scene, 'start', 'fleet', '-r', RELEASE, '--wait', '--json');
  await scene.untilReads('fleet', 'PausedByUser');
  const early = await rollout(scene, 'status', 'fleet', '--wait', '--timeout', '15s', '--json');
  t.is(early.exitCode, 10);
  const [event = ''] = early.stderr.split('\n');
  t.like(JSON.parse(event), { event: 'progress', verdict: 'asks', reason: 'PausedByUser' });
  const approved = await rollout(scene, 'approve', 'fleet');
  t.is(approved.exitCode, 8, 'no wave has ended');
  await rollout(scene, 'start', 'fleet', '-r', THIRD);
  const other = await waiting;
  t.is(other.exitCode, 8, other.stderr);
  t.regex(other.stderr, /was changed while it was waited for, and asks for 3\.0\.0@/);
  const left = rollout(scene, 'status', 'fleet', '--wait');
  await scene.untilReads('fleet', 'PausedByUser');
  await scene.cluster.kubectl(['delete', 'os', 'fleet']);
  const gone = await left;
  t.is(gone.exitCode, 8);
  t.regex(gone.stderr, /there is no OS object default\/fleet|fleet was deleted/);
  await scene.cluster.stopApiServer();
  const away = await rollout(scene, 'status', 'fleet', '--wait', '--timeout', '90s');
  t.is(away.exitCode, 7, 'it is not waited for where it was never there');
});

test('a command that is the operator ends where another operator takes over', async (t) => {
  await using scene = await startRolloutScene();
  const { kubectl, kubeconfig } = scene.cluster;
  const words = ['start', 'mine', '-r', RELEASE, '--selector', 'tier=db', '--local'];
  await scene.addNode({ name: 'n2', labels: { tier: 'db' }, digest: ONE });
  await rollout(scene, 'start', 'mine', '-r', RELEASE, '--selector', 'tier=db');
  await rollout(scene, 'pause', 'mine');
  const bounded = hostCommands({ signal: AbortSignal.timeout(300_000) });
  const local = bounded.run({
    ...{ tool: process.execPath, workingDirectory: ROOT, successCodes: [7] },
    args: ['bin/kubeos.ts', 'rollout', ...words, '--kubeconfig', kubeconfig],
  });
  await scene.untilReads('mine', 'PausedByUser');
  const taken = JSON.stringify({ spec: { holderIdentity: 'thief' } });
  await kubectl(['patch', 'lease', 'kubeos-operator', '--type=merge', '-p', taken]);
  const { stderr } = await local;
  t.regex(stderr, /thief has the lease kubeos-operator now/);
});

test('a command that is the operator gives back what it took before it ends with a halt', async (t) => {
  await using scene = await startRolloutScene();
  const restartMs = 15_000;
  await scene.addNode({ name: 'n1', ...WEB, fault: 'falls-back', restartMs: 1000 });
  await scene.addNode({ name: 'n2', ...WEB, restartMs });
  await scene.apply(
    osOf('fleet', {
      ...{ strategy: { maxUnavailable: 2 }, selector: { matchLabels: { tier: 'web' } } },
      health: { readySeconds: 0 },
    }),
  );
  const words = ['start', 'fleet', '-r', RELEASE, '--local', '--timeout', '2m'];
  const ended = await rollout(scene, ...words);
  t.is(ended.exitCode, 8, ended.stderr);
  t.regex(ended.stderr, /brings to its end what was begun on n[12]/);
  const path =
    'jsonpath={range .items[*]}{.metadata.name}{.spec.unschedulable}{.spec.run.id} {end}';
  const { stdout } = await scene.cluster.kubectl(['get', 'nodes,osinstances', '-A', '-o', path]);
  t.is(stdout.trim(), 'n1 n2 n1 n2');
});

const DENIAL = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'kept' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['nodes'] },
      ],
    },
    validations: [
      {
        expression: "object.metadata.name != 'n1' || !has(object.spec.unschedulable)",
        message: 'n1 is never cordoned here',
      },
    ],
  },
};

test('a node that may not be cordoned is told and holds up no other; what is left of a drain by hand does not matter', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2']) await scene.addNode({ name, ...WEB });
  await scene.apply(DENIAL);
  await scene.apply({
    ...{ apiVersion: DENIAL.apiVersion, kind: 'ValidatingAdmissionPolicyBinding' },
    ...{ metadata: { name: 'kept' }, spec: { policyName: 'kept', validationActions: ['Deny'] } },
  });
  const { kubectl } = scene.cluster;
  const drained = await runKubeos(scene.cluster, 'node', 'drain', 'n2');
  t.is(drained.exitCode, 0, drained.stderr);
  await kubectl(['uncordon', 'n2']);
  await scene.until('it is denied', async () => {
    // It ends with 0 all the same.
    const { stderr } = await kubectl(['cordon', 'n1']);
    if (stderr === '') await kubectl(['uncordon', 'n1']);
    return stderr.includes('never cordoned');
  });
  scene.startOperator();
  await scene.apply(osOf('fleet'));
  await scene.untilCounts('fleet', { current: 1, prepared: 1 });
  await scene.until('it is told why n1 waits', async () => {
    const [waiting] = (await scene.os('fleet')).status.waiting;
    return waiting?.gates.some(({ gate }) => gate === 'write') === true;
  });
  const why = await rollout(scene, 'why', 'n1');
  t.regex(why.stdout, /n1 is never cordoned here/);
  await kubectl(['delete', 'validatingadmissionpolicybinding', 'kept']);
  await scene.untilReads('fleet', 'AllNodesOnRelease');
});
