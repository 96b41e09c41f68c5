import test from 'ava';
import { ONE, testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import type { Fleet, FleetNode, HaltReason, NodeRun } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';
import { summarise } from './summarise.ts';

const upgraded = (name: string, atMs: number, change: Partial<FleetNode> = {}): FleetNode =>
  testNode(name, {
    booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false },
    outcome: testOutcome('done', { atMs }),
    ...change,
  });

const back = (change: Partial<NodeRun> = {}): NodeRun =>
  testRun({ kind: 'rollback', target: ONE, from: TWO, reported: { phase: 'prepared' }, ...change });

function goingBack(nodes: readonly FleetNode[], reason: HaltReason = 'FailureBudgetSpent'): Fleet {
  const fleet = testFleet(nodes, { onFailure: 'rollback' });
  return { ...fleet, course: { ...fleet.course, halted: { reason, message: 'why', atMs: 0 } } };
}

function passOver(fleet: Fleet, nowMs = 1000) {
  const plan = planRollout(fleet, nowMs);
  const { state } = summarise(fleet, plan, nowMs);
  const steps = plan.steps.map((step) => `${step.do} ${'node' in step ? step.node : ''}`);
  const why = plan.waiting.map(
    ({ node, gates }) => `${node} ${gates.map(({ gate }) => gate).join(' ')}`,
  );
  return { steps, why, state: state.kind };
}

test('the newest is drained first, too', (t) => {
  const nodes = [1, 3, 2].map((atMs) => upgraded(`n${atMs}`, atMs, { run: back() }));
  t.deepEqual(passOver(goingBack(nodes)).steps, ['drain n3']);
});

test("somebody else's cordon is left alone on the way back, too", (t) => {
  const [atRest, begun] = [
    upgraded('n1', 1, { isCordoned: true }),
    upgraded('n2', 2, { isCordoned: true, run: back() }),
  ];
  const { steps, why } = passOver(goingBack([atRest, begun]));
  t.deepEqual(steps, []);
  t.deepEqual(
    why,
    ['n2 cordon places', 'n1 cordon'].map((line) => line.replace(' places', '')),
  );
});

test('a node whose way back was postponed is tried again when it is time', (t) => {
  const outcome = testOutcome('postponed', { attempts: 1, atMs: 0 });
  const fleet = goingBack([upgraded('n1', 0, { outcome })]);
  t.deepEqual(passOver(fleet), { steps: [], why: ['n1 postponed'], state: 'rolling-back' });
  t.deepEqual(passOver(fleet, 16 * 60_000).steps, ['begin n1']);
});

test('a node that has nowhere to go back to is named, and holds up nobody', (t) => {
  const lost = upgraded('n1', 1, { outcome: testOutcome('done', { from: null }) });
  t.deepEqual(passOver(goingBack([lost])), { steps: [], why: ['n1 halted'], state: 'halted' });
  const forbidden = { ...goingBack([upgraded('n1', 1)]), halted: new Set([ONE.digest]) };
  t.deepEqual(passOver(forbidden), { steps: [], why: ['n1 halted'], state: 'halted' });
});

test('what holds up a node on its way back is told', (t) => {
  const run = back({ allowed: 'drain', since: { prepare: 0, drain: 0 }, blockedBy: 'pod db-0' });
  const cordon = { isCordoned: true, isCordonOurs: true };
  const nodes = [upgraded('n1', 1, { run, ...cordon }), upgraded('n2', 2, { isReady: false })];
  t.deepEqual(passOver(goingBack(nodes)).why, ['n1 drain', 'n2 ready']);
});

test('a person can pause a way back', (t) => {
  const fleet = goingBack([upgraded('n1', 1, { run: back() }), upgraded('n2', 2)]);
  const paused = { by: 'alice', sinceMs: 0 };
  const { steps, why } = passOver({ ...fleet, wishes: { ...fleet.wishes, paused } });
  t.deepEqual(steps, []);
  t.deepEqual(why, ['n1 paused', 'n2 paused']);
});

for (const reason of ['KubeletSkew', 'AbortedByUser'] as const) {
  test(`${reason} is no failure of the release: nothing goes back for it`, (t) => {
    const { steps, state } = passOver(goingBack([upgraded('n1', 1)], reason));
    t.deepEqual(steps, []);
    t.is(state, 'halted');
  });
}

for (const kind of ['failed', 'quarantined'] as const) {
  test(`a node that runs the release and was ${kind} goes back too, and not twice`, (t) => {
    const cordon = kind === 'quarantined' ? { isCordoned: true, isCordonOurs: true } : {};
    const failed = upgraded('n1', 1, { ...cordon, outcome: testOutcome(kind) });
    t.deepEqual(passOver(goingBack([failed])).steps, ['begin n1']);
    const again = { ...failed, outcome: testOutcome(kind, { run: 'rollback' }) };
    t.deepEqual(passOver(goingBack([again])), { steps: [], why: [], state: 'halted' });
  });
}

test('a node whose run failed goes back by itself while it is still on trial: it is left alone until it is committed', (t) => {
  const booted = { digest: TWO.digest, bootId: 'x', isOnTrial: true };
  const outcome = testOutcome('failed');
  t.deepEqual(passOver(goingBack([upgraded('n1', 1, { booted, outcome })])).steps, []);
});

test('on the way back a cordon that somebody lifts is set again, and a node whose writes are refused keeps no place', (t) => {
  const stepsOf = (...nodes: readonly FleetNode[]) => planRollout(goingBack(nodes), 1).steps;
  const drained = upgraded('n1', 1, { run: back({ allowed: 'drain', isDrained: true }) });
  t.deepEqual(stepsOf(drained), [{ do: 'cordon', node: 'n1' }]);
  const refused = upgraded('n2', 2, { run: back(), refused: 'denied' });
  t.deepEqual(stepsOf(upgraded('n1', 1, { run: back() }), refused), [{ do: 'drain', node: 'n1' }]);
});
