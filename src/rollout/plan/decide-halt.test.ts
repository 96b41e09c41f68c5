import test from 'ava';
import { POLICY, testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import { decideHalt } from './decide-halt.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { stageFleet } from './staged-fleet.ts';

const MINUTE = 60_000;
const LATE = 1000 * MINUTE;
const done = testNode('done', { booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false } });
const reasonOf = (fleet: Fleet, nowMs = LATE) => decideHalt(stageFleet(fleet, nowMs))?.reason;

test('what is asked for back goes no further', (t) => {
  const fleet = testFleet([done, testNode('n1')]);
  t.is(reasonOf({ ...fleet, wishes: { ...fleet.wishes, rollback: true } }), 'AbortedByUser');
});

test('a rollout that came to its end in time does not become late', (t) => {
  const limits = { ...POLICY.limits, rolloutMs: MINUTE };
  const of = (...nodes: readonly FleetNode[]) => reasonOf(testFleet(nodes, { limits }));
  t.is(of(done), undefined);
  t.is(of(done, testNode('dead', { isReady: false })), undefined);
  t.is(of(done, testNode('undone', { outcome: testOutcome('undone') })), 'DeadlineExceeded');
  t.is(of(done, testNode('joined', { createdMs: LATE - 1 })), undefined, 'nobody was late for it');
  t.is(of(done, testNode('left')), 'DeadlineExceeded');
});

test('a kubelet that does not fit matters to nodes that are to get it', (t) => {
  const policy = { kubeletVersion: '1.35.0' };
  t.is(reasonOf(testFleet([done], policy)), undefined);
  t.is(reasonOf(testFleet([done, testNode('n1')], policy)), 'KubeletSkew');
  const said = testFleet([testNode('n1')], { ...policy, kubeletSaidBy: 'n7' });
  t.regex(decideHalt(stageFleet(said, 0))?.message ?? '', /: so says node n7$/);
});

test('who has heard that a release is halted is named', (t) => {
  const reported = {
    phase: 'failed',
    code: 'RELEASE_HALTED',
    message: 'by its publisher',
  } as const;
  const n1 = testNode('n1', { run: testRun({ reported }) });
  const late = { phase: 'failed', code: 'TIMED_OUT', message: 'too late' } as const;
  const n0 = testNode('n0', { run: testRun({ reported: late }) });
  const fleet = { ...testFleet([n0, n1, testNode('n2')]), halted: new Set([TWO.digest]) };
  const halt = decideHalt(stageFleet(fleet, 0));
  t.is(halt?.reason, 'ReleaseHalted');
  t.regex(halt?.message ?? '', /is halted: so says node n1$/);
});

test('a release that failed before is kept from nodes that are to get it', (t) => {
  const failedBefore = 'it failed elsewhere';
  t.is(reasonOf({ ...testFleet([done]), failedBefore }), undefined);
  t.is(reasonOf({ ...testFleet([done, testNode('n1')]), failedBefore }), 'ReleaseFailedBefore');
});

test('nodes that failed and died stay part of the whole of which so many may fail', (t) => {
  const failed = (name: string) =>
    testNode(name, { isReady: false, outcome: testOutcome('failed') });
  const nodes = [failed('n1'), failed('n2'), failed('n3'), done, testNode('n4')];
  const of = (failureBudget: Fleet['policy']['failureBudget']) =>
    reasonOf(testFleet(nodes, { failureBudget }));
  t.is(of({ count: 3 }), undefined);
  t.is(of({ percent: 60 }), undefined);
  t.is(of({ percent: 40 }), 'FailureBudgetSpent');
});

test('a wave has a budget of its own, and what failed in the one before does not count to it', (t) => {
  const wave = { size: { count: 2 }, soakMs: 0, needsApproval: false };
  const failedAt = (atMs: number) =>
    testNode(`at ${atMs}`, { outcome: testOutcome('failed', { atMs }) });
  const nodes = [failedAt(MINUTE), failedAt(3 * MINUTE), done, testNode('n1'), testNode('n2')];
  const of = (count: number, ended: readonly number[]) => {
    const waves = [wave, { ...wave, failureBudget: { count } }];
    const fleet = testFleet(nodes, { waves, failureBudget: { count: 5 } });
    const course = { ...fleet.course, waves: ended.map((finishedMs) => ({ finishedMs })) };
    return reasonOf({ ...fleet, course }, 4 * MINUTE);
  };
  t.is(of(0, []), undefined, 'the first wave has none');
  t.is(of(0, [2 * MINUTE]), 'FailureBudgetSpent');
  t.is(of(1, [2 * MINUTE]), undefined);
  t.is(of(0, [2 * MINUTE, 3.5 * MINUTE]), undefined, 'what is left is no wave with a name');
});
