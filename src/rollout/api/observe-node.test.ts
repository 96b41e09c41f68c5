import test from 'ava';
import { stageOf } from '../plan/stage.ts';
import { testFleet, TWO, ONE } from '../testing/test-fleet.ts';
import { nodeSchema } from './node-object.ts';
import { observeNode } from './observe-node.ts';
import { osInstanceSchema } from './os-instance.ts';

const SINCE = '2026-01-01T00:00:00Z';
const NOW = Date.parse('2026-01-01T01:00:00Z');
const BOOTED = { slot: 'A', digest: ONE.digest, bootId: 'first' };
const RUN = {
  ...{ id: 'run-1', kind: 'upgrade', target: TWO, from: ONE, allowed: 'prepare', bootId: 'first' },
  since: { prepare: SINCE },
};

interface Described {
  readonly node?: object;
  readonly annotations?: Record<string, string>;
  readonly spec?: object;
  readonly status?: object;
  readonly drained?: boolean;
  readonly unhealthy?: string | null;
  readonly kubeletBootId?: string;
  readonly heardSinceMs?: number | null;
}

function observe({
  node = {},
  annotations = {},
  spec,
  status = {},
  drained = false,
  unhealthy = null,
  kubeletBootId = 'first',
  heardSinceMs = null,
}: Described) {
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: SINCE };
  return observeNode({
    node: nodeSchema.parse({
      metadata: { name: 'n1', uid: 'uid-1', creationTimestamp: SINCE, labels: {}, annotations },
      status: { conditions: [ready], nodeInfo: { bootID: kubeletBootId } },
      ...node,
    }),
    instance:
      spec === undefined
        ? null
        : osInstanceSchema.parse({
            metadata: { name: 'n1' },
            spec,
            status: { booted: BOOTED, ...status },
          }),
    ...{ digest: TWO.digest },
    drain: { isDrained: drained, blockedBy: drained ? null : 'pod db-0' },
    ...{ unhealthy, heardSinceMs, refused: null },
  });
}

const stage = (described: Described) => stageOf(observe(described), testFleet([]), NOW);

test('the stage of a node follows from its objects alone', (t) => {
  const of = (run: object, phase: string, more: Described = {}) =>
    stage({ spec: { run: { ...RUN, ...run } }, status: { run: { id: 'run-1', phase } }, ...more });
  const drain = { allowed: 'drain', since: { prepare: SINCE, drain: SINCE } };
  const go = { allowed: 'activate', since: { prepare: SINCE, drain: SINCE, activate: SINCE } };
  t.is(stage({}), 'silent');
  t.is(stage({ spec: {} }), 'pending');
  t.is(stage({ spec: {}, status: { booted: { ...BOOTED, digest: TWO.digest } } }), 'current');
  t.is(of({}, 'preparing'), 'preparing');
  t.is(of({}, 'prepared'), 'prepared');
  t.is(of(drain, 'prepared'), 'draining');
  t.is(of(drain, 'prepared', { drained: true }), 'drained');
  t.is(of(go, 'rebooting'), 'switching');
  t.is(of(go, 'committed'), 'switching', 'it has not restarted: an old word');
  const booted = { slot: 'B', digest: TWO.digest, bootId: 'second' };
  const status = { booted, run: { id: 'run-1', phase: 'committed' } };
  const back = { spec: { run: { ...RUN, ...go } }, status };
  t.is(stage(back), 'back', 'kubelet has not said anything in this boot');
  t.is(stage({ ...back, kubeletBootId: 'second' }), 'settled');
  t.is(of(go, 'fell-back'), 'failed');
});

test('a node that was back before it was missed is Ready since it was heard in its new boot', (t) => {
  const heardSinceMs = NOW - 1000;
  t.is(observe({}).readySinceMs, Date.parse(SINCE));
  t.is(observe({ heardSinceMs }).readySinceMs, heardSinceMs);
});

test('a node that was quarantined is so for every release', (t) => {
  const outcome = { kind: 'quarantined', at: SINCE, message: 'why', digest: 'sha256:other' };
  t.like(observe({ spec: { outcome } }), { isQuarantined: true, outcome: null });
  const still = { ...outcome, kind: 'undone', quarantined: true };
  t.true(observe({ spec: { outcome: still } }).isQuarantined, 'whatever became of a run after it');
  t.false(observe({ spec: { outcome: { ...still, quarantined: false } } }).isQuarantined);
});

test('a node is armed while the slot that it does not run is to be tried', (t) => {
  const slot = { state: 'good', version: '', digest: '' };
  const trial = { ...slot, state: 'trial' };
  const booted = { slot: 'A', digest: 'sha256:one', bootId: 'boot' };
  const isArmed = (slots: object) => observe({ spec: {}, status: { booted, slots } }).isArmed;
  t.true(isArmed({ A: slot, B: trial }));
  t.false(isArmed({ A: trial, B: slot }), 'it runs on trial');
  t.false(isArmed({ A: slot, B: slot }));
  t.false(observe({ spec: {}, status: { booted } }).isArmed, 'an older agent says nothing of it');
});

test('what a proxy says of another run is of the past', (t) => {
  const { run } = observe({
    spec: { run: RUN },
    status: { run: { id: 'run-0', phase: 'failed' } },
  });
  t.deepEqual(run?.reported, { phase: 'preparing' });
});

test('a cordon is ours only with our mark, and an outcome counts for its own release', (t) => {
  const cordoned = { node: { spec: { unschedulable: true } } };
  t.like(observe({ ...cordoned }), { isCordoned: true, isCordonOurs: false });
  const annotations = { 'upgrade.openeuler.org/cordoned-by': 'os-uid' };
  t.like(observe({ ...cordoned, annotations }), { isCordoned: true, isCordonOurs: true });
  const byHand = { annotations: { 'upgrade.openeuler.org/cordoned-by': 'kubeos-cli' } };
  t.like(observe({ ...cordoned, ...byHand }), { isCordoned: true, isCordonOurs: false });
  t.like(observe({ annotations }), { isCordoned: false, isCordonOurs: false });
  const outcome = { kind: 'failed', at: SINCE, message: 'why' };
  t.is(stage({ spec: { outcome: { ...outcome, digest: TWO.digest } } }), 'out');
  t.is(stage({ spec: { outcome: { ...outcome, digest: 'sha256:other' } } }), 'pending');
});

test('a machine made anew under an old name begins anew', (t) => {
  t.is(stage({ spec: { nodeUid: 'uid-0', run: RUN } }), 'silent');
  t.is(stage({ spec: { nodeUid: 'uid-1', run: RUN }, status: {} }), 'preparing');
});

test('a condition without a time, whoever wrote it, does not stop the others from being read', (t) => {
  const conditions = (ready: object) => [
    { type: 'Other', status: 'False', lastTransitionTime: null },
    { type: 'Ready', status: 'True', lastTransitionTime: SINCE, ...ready },
  ];
  const of = (ready: object) => observe({ node: { status: { conditions: conditions(ready) } } });
  t.like(of({}), { isReady: true, readySinceMs: Date.parse(SINCE) });
  t.like(of({ lastTransitionTime: null }), { isReady: false, readySinceMs: 0 });
});

test('what a node says can be shown on any terminal', (t) => {
  const message = 'un\u00e9 panne\t\u001b[2J\u009b31m\r\n\u202egnirts';
  const status = {
    run: { id: 'r', phase: 'failed', code: 'X\u0007', message, lastLines: [message] },
  };
  const { run } = osInstanceSchema.parse({ metadata: { name: 'n1' }, status }).status;
  const shown = 'un\u00e9 panne\t?[2J?31m???gnirts';
  t.like(run, { code: 'X?', message: shown, lastLines: [shown] });
});
