import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { osSpecSchema } from '../api/os-spec.ts';
import { sourceOf } from '../api/release-source.ts';
import { observeNode } from '../api/observe-node.ts';
import { testNode, testRun, TWO } from '../testing/test-fleet.ts';
import { DEFAULT_RULES } from '../drain/drain-rules.ts';
import { markedNode } from './node-marks.ts';
import { rulesWrite } from './instance-writes.ts';
import { writesOf, type NodeStep, type WriteContext } from './step-writes.ts';

const node = nodeSchema.parse({
  metadata: { name: 'n1', uid: 'node-uid', creationTimestamp: '2026-01-01T00:00:00Z' },
});
const booted = { slot: 'A', digest: 'sha256:one', version: '1.0.0', bootId: 'boot-1' };
const instance = osInstanceSchema.parse({
  metadata: { name: 'n1', resourceVersion: '7' },
  status: { booted },
});
const idle: WriteContext = {
  os: { name: 'fleet', namespace: 'default', uid: 'os-uid' },
  source: { repository: 'default', isBefore: false, image: null, upgradeconfigs: null },
  ...{ node, instance, fleetNode: testNode('n1'), holdCommitSeconds: 660, nowMs: 1000 },
  proxyRules: null,
  daemonSets: [],
  triesAgain: false,
};
const BEGIN: NodeStep = { do: 'begin', node: 'n1', kind: 'upgrade', target: TWO };

/** The instance as it is after a step. */
function after(context: WriteContext, step: NodeStep): WriteContext {
  const write = writesOf(step, context).find(({ to }) => to === 'instance');
  const metadata = { name: 'n1', resourceVersion: '8' };
  const spec = write?.object['spec'];
  return { ...context, instance: osInstanceSchema.parse({ metadata, spec, status: { booted } }) };
}

test('what is begun is written over what was observed and nothing newer; then the node is marked', (t) => {
  const [first, second] = writesOf(BEGIN, idle);
  t.like(first?.object, {
    metadata: { resourceVersion: '7' },
    spec: { nodestatus: 'upgrade', namespacedname: { name: 'fleet' }, run: { allowed: 'prepare' } },
  });
  t.deepEqual(second?.object.metadata, {
    ...{ name: 'n1', uid: 'node-uid' },
    labels: { 'upgrade.openeuler.org/upgrading': '' },
  });
  t.is(second?.object['spec'], undefined, 'nobody is cordoned yet');
});

test('a node that was left cordoned for somebody to look at, or is on trial, keeps its cordon when another release is begun', (t) => {
  const annotations = { 'upgrade.openeuler.org/cordoned-by': 'another-uid' };
  const left = { ...node, metadata: { ...node.metadata, annotations } };
  const cordoned = { isCordoned: true, isCordonOurs: true };
  const onTrial = { digest: 'sha256:one', bootId: 'boot-1', isOnTrial: true };
  const marksOf = (change: Parameters<typeof testNode>[1]) =>
    writesOf(BEGIN, { ...idle, node: left, fleetNode: testNode('n1', change) })[1]?.object;
  for (const why of [{ isQuarantined: true }, { isArmed: true }, { booted: onTrial }]) {
    t.like(marksOf({ ...cordoned, ...why }), {
      metadata: { annotations },
      spec: { unschedulable: true },
    });
  }
  t.is(marksOf(cordoned)?.['spec'], undefined, 'that one is over');
  t.is(marksOf({ isQuarantined: true })?.['spec'], undefined, 'somebody has lifted it');
});

test('what a node was left for stays with it through its runs, unless somebody has lifted its cordon', (t) => {
  const at = '2026-01-01T00:00:00Z';
  const outcome = { digest: 'sha256:one', kind: 'quarantined', at };
  const left = osInstanceSchema.parse({ metadata: { name: 'n1' }, spec: { outcome } });
  const kept = { isQuarantined: true, isCordoned: true, isCordonOurs: true };
  const begun = (change: Parameters<typeof testNode>[1]) => {
    const fleetNode = testNode('n1', change);
    const began = after({ ...idle, instance: left, fleetNode }, BEGIN);
    const close = { do: 'close', node: 'n1', outcome: 'undone', message: '' } as const;
    const isLeft = began.instance?.spec.outcome?.kind === 'quarantined';
    const context = { ...began, fleetNode: { ...fleetNode, isQuarantined: isLeft } };
    return [began, after(context, { ...close, uncordon: !isLeft })].map(
      ({ instance: then }) => then?.spec.outcome,
    );
  };
  const [whileLeft, thenLeft] = begun(kept);
  t.like(whileLeft, { kind: 'quarantined' });
  t.like(thenLeft, { kind: 'undone', quarantined: true });
  const [whileLifted, thenLifted] = begun({ isQuarantined: true });
  t.like(whileLifted, { kind: 'failed', digest: 'sha256:one' });
  t.deepEqual([thenLifted?.kind, thenLifted?.quarantined], ['undone', undefined]);
});

test('what was written before the operator ended is not written again: it comes to the next write', (t) => {
  const begun = after(idle, BEGIN);
  const drain: NodeStep = { do: 'drain', node: 'n1' };
  const to = (context: WriteContext, step: NodeStep) =>
    writesOf(step, context).map((write) => write.to);
  t.deepEqual(to(begun, drain), ['node', 'instance']);
  const annotations = { 'upgrade.openeuler.org/cordoned-by': 'os-uid' };
  const labels = { 'upgrade.openeuler.org/upgrading': '' };
  const metadata = { ...node.metadata, annotations, labels };
  const cordoned = { ...node, metadata, spec: { ...node.spec, unschedulable: true } };
  t.deepEqual(to({ ...begun, node: cordoned }, drain), ['instance']);
  t.deepEqual(to({ ...begun, node: { ...cordoned, spec: node.spec } }, drain), [
    'node',
    'instance',
  ]);
  const end = { do: 'close', node: 'n1', outcome: 'failed', message: '', uncordon: true } as const;
  t.deepEqual(
    to({ ...begun, node: cordoned }, end),
    ['instance', 'node'],
    'a cordon is found again',
  );
  t.deepEqual(to(begun, end), ['node', 'instance'], 'a mark alone is not');
});

test('what is left of a drain by hand on a node that works again is taken over', (t) => {
  const annotations = { 'upgrade.openeuler.org/cordoned-by': 'kubeos-cli' };
  const left = nodeSchema.parse({ ...node, metadata: { ...node.metadata, annotations } });
  const drain = { do: 'drain', node: 'n1' } as const;
  const isForced = (one: typeof node): boolean | undefined =>
    writesOf(drain, { ...after(idle, BEGIN), node: one })[0]?.isForced;
  t.true(isForced(left));
  t.is(isForced({ ...left, spec: { ...left.spec, unschedulable: true } }), undefined);
  t.is(isForced(node), undefined);
});

test('a drain that is left to the proxy changes the OSInstance alone, and is forced there once', (t) => {
  const given: WriteContext = { ...after(idle, BEGIN), proxyRules: DEFAULT_RULES };
  const steps = ['drain', 'force-drain'] as const;
  const [drain, force] = steps.map((what): NodeStep => ({ do: what, node: 'n1' }));
  if (drain === undefined || force === undefined) throw new Error('two steps');
  t.deepEqual(
    writesOf(drain, given).map(({ to }) => to),
    ['instance'],
  );
  const draining = after(given, drain);
  t.deepEqual(draining.instance?.spec.run?.drain, {
    ...{ by: 'proxy', cordonedBy: 'os-uid', forced: false },
    rules: { unmanaged: 'block', emptyDir: 'evict', pods: [] },
  });
  t.is(rulesWrite(draining, DEFAULT_RULES), null);
  t.not(rulesWrite(draining, { ...DEFAULT_RULES, emptyDir: 'block' }), null);
  const forced = after(draining, force);
  t.true(forced.instance?.spec.run?.drain?.forced);
  t.deepEqual(writesOf(force, forced), []);
});

test('a cordon that somebody has lifted is set again', (t) => {
  const step = { do: 'cordon', node: 'n1' } as const;
  const own = after(after(idle, BEGIN), { do: 'drain', node: 'n1' });
  const cordoned = markedNode(node.metadata, { isMarked: true, cordonedBy: 'os-uid' });
  t.deepEqual(writesOf(step, own), [{ to: 'node', object: cordoned }]);
});

test('a node that has to be Ready for days is held for the day that its agent takes: nothing else would begin', (t) => {
  const days = { ...idle, holdCommitSeconds: 3 * 86_400 };
  t.is(after(days, BEGIN).instance?.spec.run?.holdCommitSeconds, 86_400);
});

test('the planner reads what was written: prepare, drain, activate, closed', (t) => {
  const read = ({ instance: it }: WriteContext) =>
    observeNode({
      ...{ node, instance: it, digest: TWO.digest },
      ...{ drain: { isDrained: true, blockedBy: null }, unhealthy: null },
      ...{ heardSinceMs: null, refused: null },
    });
  const begun = after(idle, BEGIN);
  t.like(read(begun).run, { allowed: 'prepare', bootId: 'boot-1', from: { version: '1.0.0' } });
  const drained = after({ ...begun, nowMs: 2000 }, { do: 'drain', node: 'n1' });
  t.like(read(drained).run, { allowed: 'drain', since: { prepare: 1000, drain: 2000 } });
  const ready = { ...drained, daemonSets: ['kube-system/net'], nowMs: 3000 };
  const active = after(ready, { do: 'activate', node: 'n1' });
  t.like(read(active).run, { allowed: 'activate', since: { drain: 2000, activate: 3000 } });
  const committing = after(active, { do: 'commit', node: 'n1' });
  t.like(read(committing).run, { allowed: 'activate', commitIn: 'boot-1' });
  t.is(committing.instance?.spec.run?.holdCommitSeconds, 660);
  t.deepEqual(committing.instance?.spec.run?.daemonSets, ['kube-system/net']);
  const close = {
    do: 'close',
    node: 'n1',
    outcome: 'done',
    message: 'ok',
    uncordon: true,
  } as const;
  const closed = read(after({ ...active, nowMs: 4000 }, close));
  t.is(closed.run, null);
  t.like(closed.outcome, { kind: 'done', atMs: 4000, from: { digest: 'sha256:one' } });
});

test('the cordon comes before the drain, and its end after the run; one that stays is named again', (t) => {
  const begun = after(idle, BEGIN);
  t.deepEqual(
    writesOf({ do: 'drain', node: 'n1' }, begun).map(({ to }) => to),
    ['node', 'instance'],
  );
  const cordoned = {
    ...node,
    metadata: { ...node.metadata, annotations: { 'upgrade.openeuler.org/cordoned-by': 'os-uid' } },
    spec: { unschedulable: true, taints: [] },
  };
  const close = { do: 'close', node: 'n1', outcome: 'quarantined', message: '' } as const;
  const given = { ...begun, node: cordoned, fleetNode: testNode('n1', { run: testRun() }) };
  const [first, kept] = writesOf({ ...close, uncordon: false }, given);
  t.is(first?.to, 'instance');
  t.like(kept?.object, { spec: { unschedulable: true } });
  const [, lifted] = writesOf({ ...close, uncordon: true }, given);
  t.deepEqual(lifted?.object.metadata, { name: 'n1', uid: 'node-uid' });
  t.is(lifted?.object['spec'], undefined);
});

test('a plain tar of KubeOS goes to the node with the checksum that names it; the way back does not', (t) => {
  const asked = osSpecSchema.parse({
    ...{ osversion: 'KubeOS v2', opstype: 'upgrade', imagetype: 'disk', checksum: 'ab'.repeat(32) },
    ...{ imageurl: 'https://example.com/os.tar', mtls: true, cacert: 'ca.pem' },
  });
  const context = { ...idle, source: sourceOf(asked) };
  const run = (step: NodeStep) => after(context, step).instance?.spec.run;
  t.deepEqual(run(BEGIN)?.image, {
    ...{ imageurl: 'https://example.com/os.tar', flagSafe: false, mtls: true, cacert: 'ca.pem' },
  });
  t.is(run({ ...BEGIN, kind: 'rollback' })?.image, undefined);
  const withoutMtls = { ...asked, mtls: false, clientcert: 'client.crt', clientkey: 'client.key' };
  t.deepEqual(sourceOf(withoutMtls).image, {
    ...{ imageurl: 'https://example.com/os.tar', flagSafe: false, mtls: false, cacert: 'ca.pem' },
  });
  const plain = { ...withoutMtls, imageurl: 'http://example.com/os.tar', flagSafe: true };
  t.deepEqual(sourceOf(plain).image, {
    ...{ imageurl: 'http://example.com/os.tar', flagSafe: true, mtls: false },
  });
  const named = osSpecSchema.parse({ release: `1.0.0@sha256:${'ab'.repeat(32)}` });
  t.is(sourceOf(named).image, null);
});

test('opstype rollback lets nodes go back to their other slot', (t) => {
  const release = `1.0.0@sha256:${'ab'.repeat(32)}`;
  const runFor = (opstype: string) => {
    const source = sourceOf(osSpecSchema.parse({ release, opstype }));
    return after({ ...idle, source }, BEGIN).instance?.spec.run;
  };
  t.is(runFor('rollback')?.goesBack, true);
  t.is(runFor('upgrade')?.goesBack, undefined);
});

test('after a retry nodes take what they fell back from, and on the way back nothing of it is said', (t) => {
  const run = (step: NodeStep, triesAgain: boolean) =>
    after({ ...idle, triesAgain }, step).instance?.spec.run;
  t.is(run(BEGIN, true)?.triesAgain, true);
  t.is(run(BEGIN, false)?.triesAgain, undefined);
  t.is(run({ ...BEGIN, kind: 'rollback' }, true)?.triesAgain, undefined);
});
