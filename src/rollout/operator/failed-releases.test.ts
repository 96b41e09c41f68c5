import test from 'ava';
import { osObjectSchema } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import type { NodeOutcome } from '../plan/fleet.ts';
import { testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import { failedBefore, failedReleasesAfter } from './failed-releases.ts';
import { recordAfter, recordFor } from './rollout-record.ts';

const at = (ms: number): string => new Date(ms).toISOString();
const failed = { ...TWO, at: at(5000), message: 'n1, kubelet failed' };

const canary = osObjectSchema.parse({
  metadata: { name: 'canary', namespace: 'default', uid: 'u', creationTimestamp: at(0) },
  spec: {},
  status: { failedReleases: [failed] },
});

const anew = { digest: TWO.digest, begunAt: undefined, retryMs: null };

test('a release that failed is not begun under any OS object, until somebody wants it', (t) => {
  const why = failedBefore([canary], anew);
  t.is(why, `${TWO.version} failed under default/canary at ${at(5000)}: n1, kubelet failed`);
  t.is(failedBefore([canary], { ...anew, digest: 'sha256:other' }), null);
  t.is(failedBefore([canary], { ...anew, retryMs: 5001 }), null);
  t.is(failedBefore([canary], { ...anew, retryMs: 4999 }), why);
});

test('a rollout that went on when the release failed elsewhere goes by its own budget', (t) => {
  t.is(failedBefore([canary], { ...anew, begunAt: at(4000) }), null);
  t.not(failedBefore([canary], { ...anew, begunAt: at(6000) }), null);
});

const halt = { do: 'halt', reason: 'FailureBudgetSpent', message: failed.message } as const;
const fresh = recordFor({ rollout: null }, TWO, 0);
const halted = recordAfter(fresh, halt, { node: null, nowMs: 5000 });

const after = (
  kind: NodeOutcome['kind'],
  change: Partial<Parameters<typeof failedReleasesAfter>[1]> = {},
  before: OsStatus['failedReleases'] = [],
) => {
  const fleet = { nodes: [testNode('n1', { outcome: testOutcome(kind) })] };
  return failedReleasesAfter(before, {
    ...{ fleet, record: halted, retryMs: null, isComplete: false },
    ...change,
  });
};

test('a release failed where nodes fell back from it and the budget is spent', (t) => {
  t.deepEqual(after('fell-back'), [failed]);
  t.deepEqual(after('fell-back', {}, [failed]), [failed]);
  t.deepEqual(after('fell-back', { record: fresh }), [], 'the budget is not spent');
  t.deepEqual(after('failed'), [], 'it may have been the network');
  const reported = { phase: 'fell-back', code: 'UNHEALTHY', message: 'kubelet failed' } as const;
  const nodes = [testNode('n1', { run: testRun({ reported }) })];
  t.deepEqual(after('failed', { fleet: { nodes } }), [failed]);
});

test('it is forgotten once it was tried again or runs everywhere; others are not, and only so many are kept', (t) => {
  const other = { ...failed, digest: 'sha256:other' };
  const both = [other, failed];
  t.deepEqual(after('done', { record: fresh, isComplete: true }, both), [other]);
  t.deepEqual(after('done', { record: fresh, retryMs: 5001 }, both), [other]);
  t.deepEqual(after('done', { record: fresh, retryMs: 4999 }, both), both);
  const many = Array.from({ length: 16 }, (_, index) => ({ ...other, digest: `sha256:${index}` }));
  t.deepEqual(after('fell-back', {}, many), [...many.slice(1), failed]);
});
