import test from 'ava';
import { keptInstanceSchema, saysTheSame } from './kept-instance.ts';

const target = { version: '2.0.0', digest: 'sha256:two' };
const spec = {
  ...{ nodestatus: 'upgrade', nodeUid: 'uid' },
  run: {
    ...{ id: 'run', kind: 'upgrade', target, allowed: 'prepare', bootId: 'boot' },
    since: { prepare: '2026-01-01T00:00:00Z' },
  },
};
const at = { lastTransitionTime: '2026-01-01T00:00:00Z', message: '' };

const reported = (resourceVersion: string, status: object) =>
  keptInstanceSchema.parse({ metadata: { name: 'n1', resourceVersion }, spec, status });

test('a report of how far a node is with fetching wakes nobody, and the next write goes over it', (t) => {
  const slots = { A: { state: 'committed' }, B: { state: 'empty' } };
  const run = { id: 'run', phase: 'preparing', message: 'fetching' };
  const before = reported('1', { run: { ...run, progress: { percent: 1 } }, slots });
  const away = { type: 'AgentAvailable', status: 'False', reason: 'NoAnswer', ...at };
  const now = reported('2', {
    ...{ run: { ...run, message: 'reading back', progress: { percent: 99, etaSeconds: 3 } } },
    ...{ conditions: [away], agentVersion: '2', observedGeneration: 7 },
  });
  t.true(saysTheSame(before, now));
  t.is(now.metadata.resourceVersion, '2');
});

const withB = (B: object): object => ({
  ...{ run: { id: 'run', phase: 'preparing' }, slots: { A: { state: 'good' }, B } },
});

test('what a pass goes by is kept', (t) => {
  const before = reported('1', { run: { id: 'run', phase: 'preparing' } });
  const refused = { type: 'Configured', status: 'False', reason: 'REFUSED', ...at };
  const booted = { slot: 'A', digest: 'sha256:one', bootId: 'boot' };
  const failed = { id: 'run', phase: 'failed', code: 'NETWORK', message: 'no server answers' };
  const kept: unknown = reported('1', { run: failed }).status.run;
  t.deepEqual(kept, failed);
  const others = [
    { run: { id: 'run', phase: 'prepared' } },
    { run: { id: 'run', phase: 'preparing', drain: { drained: true } } },
    { run: failed },
    withB({ state: 'good', version: '1.0.0', digest: 'sha256:one' }),
    withB({ state: 'trial', digest: 'sha256:two' }),
    withB({ state: 'written', digest: 'sha256:two', kubelet: '1.35.0' }),
    { run: { id: 'run', phase: 'preparing' }, conditions: [refused] },
    { run: { id: 'run', phase: 'preparing' }, booted },
    { run: { id: 'run', phase: 'preparing' }, sysconfigs: { version: '2' } },
  ];
  for (const status of others) t.false(saysTheSame(before, reported('2', status)));
});
