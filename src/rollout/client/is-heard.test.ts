import test from 'ava';
import { osObjectSchema } from '../api/os-object.ts';
import { WISHES } from '../api/wishes.ts';
import { readVerdict } from './read-verdict.ts';

const DIGITS = 'ab'.repeat(6);
const AT = '2026-01-01T00:00:00Z';

const condition = (type: string, reason: string, status = 'True') => ({
  ...{ type, status, reason, lastTransitionTime: AT, observedGeneration: 1 },
});

const verdict = (
  reason: string,
  annotations: Record<string, string>,
  halted: string | null = null,
) =>
  readVerdict(
    osObjectSchema.parse({
      metadata: {
        ...{ name: 'fleet', namespace: 'default', uid: 'u', resourceVersion: '1', generation: 1 },
        ...{ creationTimestamp: AT, annotations },
      },
      spec: {},
      status: {
        observedGeneration: 1,
        conditions:
          reason === 'AllNodesOnRelease'
            ? [condition('Ready', reason)]
            : [condition('Ready', reason, 'False'), condition('Stalled', reason)],
        rollout: {
          ...{ version: '2.0.0', digest: `sha256:${'ab'.repeat(32)}`, startedAt: AT },
          halted: halted === null ? null : { reason: 'AbortedByUser', message: 'why', at: halted },
        },
      },
    }),
  ).kind;

test('the end that was told before a wish is not its end', (t) => {
  for (const wish of [WISHES.abort, WISHES.rollback]) {
    t.is(verdict('AllNodesOnRelease', { [wish]: DIGITS }), 'under-way');
    t.is(verdict('AllNodesOnRelease', { [wish]: 'cd'.repeat(6) }), 'done', 'of another release');
    t.is(verdict('AbortedByUser', { [wish]: DIGITS }, AT), 'failed');
    t.is(verdict('InvalidSpec', { [wish]: DIGITS }), 'failed', 'nobody acts upon it');
  }
  const retry = (time: string) => ({ [WISHES.retry]: `${DIGITS}:${time}` });
  t.is(verdict('AbortedByUser', retry('2026-01-01T00:00:05Z'), AT), 'under-way');
  t.is(verdict('AbortedByUser', retry('2026-01-01T00:00:05Z'), '2026-01-01T00:00:06Z'), 'failed');
  t.is(verdict('NodesFailed', retry('2026-01-01T00:00:05Z')), 'under-way');
  t.is(verdict('NodesFailed', retry('2025-01-01T00:00:05Z')), 'failed');
});
