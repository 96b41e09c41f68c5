import test from 'ava';
import { meaningOf } from './eviction-reply.ts';
import { DEFAULT_RULES, type DrainRules } from './drain-rules.ts';
import { DRAIN_LABEL, judgePod } from './judge-pod.ts';
import { firstOf, nextLookMs, planDrain, type Asked } from './plan-drain.ts';
import { podSchema, type Pod } from './pod.ts';

interface Described {
  readonly owner?: string | null;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly ending?: boolean;
  readonly finalizers?: string[];
  readonly phase?: string;
  readonly priority?: number;
  readonly volumes?: object[];
}

function pod(name: string, described: Described = {}): Pod {
  const { owner = 'ReplicaSet', phase = 'Running', ending = false, ...same } = described;
  const { priority, volumes, labels, annotations, finalizers } = same;
  const controller = { kind: owner ?? '', name: `${name}-owner`, controller: true };
  return podSchema.parse({
    metadata: {
      ...{ namespace: 'web', name, uid: `uid-${name}`, labels, annotations, finalizers },
      ownerReferences: owner === null ? [] : [controller],
      ...(ending && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    ...{ spec: { priority, volumes }, status: { phase } },
  });
}

const judge = (described: Described, rules: Partial<DrainRules> = {}, daemonSets: string[] = []) =>
  judgePod(pod('p', described), {
    ...{ rules: { ...DEFAULT_RULES, ...rules }, daemonSets: new Set(daemonSets) },
  }).kind;

test('what leaves a node, and what does not', (t) => {
  t.is(judge({}), 'evict');
  t.is(judge({ annotations: { 'kubernetes.io/config.mirror': 'x' }, owner: 'Node' }), 'leave');
  t.is(judge({ owner: 'DaemonSet' }, {}, ['web/p-owner']), 'leave');
  t.is(judge({ owner: 'DaemonSet' }), 'evict', 'its DaemonSet is gone');
  t.is(judge({ owner: 'CloneSet' }, { perNodeKinds: ['CloneSet'] }), 'leave');
  t.is(judge({ phase: 'Succeeded', owner: null }), 'leave');
  t.is(judge({ phase: 'Failed' }), 'leave');
  t.is(judge({ phase: 'Pending' }), 'evict');
  t.is(judge({ ending: true, finalizers: ['x/y'] }), 'await');
  t.is(judge({ owner: null }), 'block');
  t.is(judge({ owner: null }, { unmanaged: 'evict' }), 'evict');
  t.is(judge({ owner: null }, { unmanaged: 'leave' }), 'leave');
  t.is(judge({ volumes: [{ emptyDir: {} }] }), 'evict');
  t.is(judge({ volumes: [{ emptyDir: {} }] }, { emptyDir: 'block' }), 'block');
  t.is(judge({ labels: { [DRAIN_LABEL]: 'skip' } }), 'leave');
  t.is(judge({ labels: { [DRAIN_LABEL]: 'wait-completed' }, owner: 'Job' }), 'await');
  t.is(
    judge({ annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } }),
    'await',
  );
  t.is(judge({ annotations: { 'karpenter.sh/do-not-disrupt': 'true' } }), 'await');
});

const needs = 'The disruption budget web needs 2 healthy pods and has 2 currently';
const budget = {
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
  details: { causes: [{ reason: 'DisruptionBudget', message: needs }] },
};
const ending = { details: { causes: [{ reason: 'NamespaceTerminating' }] } };

test('what each answer to an eviction means', (t) => {
  const of = (status: number, body: unknown = {}, retryAfter: number | null = null) =>
    meaningOf({ status, body, retryAfter });
  t.is(of(201).kind, 'evicted');
  t.is(of(404).kind, 'gone');
  t.is(of(409).kind, 'gone', 'another pod has its name');
  t.deepEqual(of(429, budget), { kind: 'budget', because: needs, retryMs: 5000 });
  t.like(of(429, budget, 10), { retryMs: 10_000 });
  t.deepEqual(of(429, {}, 1), { kind: 'busy', because: 'status 429', retryMs: 1000 });
  t.like(of(500, { message: 'This pod has more than one PodDisruptionBudget, which …' }), {
    kind: 'misconfigured',
  });
  t.is(of(500, { message: 'webhook failed' }).kind, 'busy');
  t.is(of(503, 'no JSON').kind, 'busy');
  t.is(of(403, ending).kind, 'namespace-ends');
  t.is(of(403, { message: 'DisruptedPods map too big - too many evictions' }).kind, 'busy');
  t.is(of(403, { message: 'pods "x" is forbidden' }).kind, 'forbidden');
});

const plan = (pods: readonly Pod[], asked: Record<string, Asked> = {}, nowMs = 0) =>
  planDrain({
    ...{ pods, nowMs, asked: new Map(Object.entries(asked)), volumes: [], sinceMs: 0 },
    view: { rules: DEFAULT_RULES, daemonSets: new Set(['web/d-owner']) },
  });

test('less important pods first, those with storage after others, system pods last', (t) => {
  const storage = [{ persistentVolumeClaim: { claimName: 'data' } }];
  const pods = [
    pod('system', { priority: 2_000_001_000 }),
    pod('db', { volumes: storage }),
    ...[pod('one'), pod('two', { priority: 1000 }), pod('d', { owner: 'DaemonSet' })],
  ];
  const order: string[][] = [];
  for (let left = pods; order.length < 4;) {
    const { evict, isDrained } = plan(left);
    order.push(evict.map(({ metadata: { name } }) => name));
    left = left.filter((one) => !evict.includes(one));
    if (isDrained) break;
  }
  t.deepEqual(order, [['one', 'two'], ['db'], ['system'], []]);
});

test('a pod that its budget keeps is named, and asked again when it is time', (t) => {
  const pods = [pod('one'), pod('two')];
  const asked = { 'uid-one': { because: 'needs 2 has 2', againMs: 5000 } };
  const early = plan(pods, asked, 4999);
  t.deepEqual(
    early.evict.map(({ metadata: { name } }) => name),
    ['two'],
  );
  t.like(early.left[0], { pod: 'web/one', because: 'needs 2 has 2' });
  t.is(plan(pods, asked, 5000).evict.length, 2);
  t.false(early.isDrained);
});

test('a newcomer under the same name is another pod; what nobody evicts keeps the node', (t) => {
  const asked = { 'uid-of-the-one-before': { because: 'needs 2 has 2', againMs: null } };
  t.is(plan([pod('one')], asked).evict.length, 1);
  const alone = plan([
    pod('alone', { owner: null }),
    pod('job', { labels: { [DRAIN_LABEL]: 'wait-completed' } }),
  ]);
  t.deepEqual(alone.evict, []);
  t.false(alone.isDrained);
  t.regex(alone.left[0]?.remedy ?? '', /^delete it \(kubectl delete pod -n web alone\)/);
  t.true(plan([pod('d', { owner: 'DaemonSet' }), pod('done', { phase: 'Succeeded' })]).isDrained);
});

test('a volume that is still attached keeps the node, once nobody uses it any more', (t) => {
  const state = { asked: new Map(), nowMs: 0, sinceMs: 0, volumes: ['csi/db'] };
  const view = { rules: DEFAULT_RULES, daemonSets: new Set<string>() };
  const busy = planDrain({ ...state, view, pods: [pod('db')] });
  t.is(firstOf(busy.left), 'pod web/db is to be evicted');
  const free = planDrain({ ...state, view, pods: [] });
  t.false(free.isDrained);
  t.is(firstOf(free.left), 'volume csi/db is still attached to the node');
  t.true(planDrain({ ...state, view, pods: [], volumes: [] }).isDrained);
});

test('what was due is not waited for again: a pod that went is no reason to look without a pause', (t) => {
  const next = (asked: Record<string, Asked>) =>
    nextLookMs({ asked: new Map(Object.entries(asked)), nowMs: 100_000 });
  const because = 'needs 2 has 2';
  t.is(next({}), 130_000);
  t.is(next({ one: { because, againMs: 105_000 }, two: { because, againMs: null } }), 105_000);
  t.is(next({ gone: { because, againMs: 60_000 }, one: { because, againMs: 105_000 } }), 105_000);
  t.is(next({ gone: { because, againMs: 60_000 } }), 130_000);
  t.is(nextLookMs({ asked: new Map(), nowMs: 100_000 }, 101_000), 101_000, 'a pod is due by force');
});
