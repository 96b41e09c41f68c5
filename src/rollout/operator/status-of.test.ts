import test from 'ava';
import { osObjectSchema } from '../api/os-object.ts';
import { MAX_FAILED_RELEASES } from '../api/os-status.ts';
import { HALT_REASONS } from '../plan/fleet.ts';
import type { RolloutState } from '../plan/summarise.ts';
import { testFleet, testNode } from '../testing/test-fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { summarise } from '../plan/summarise.ts';
import { MAX_FAILURE } from './failed-releases.ts';
import { recordAfter, recordFor } from './rollout-record.ts';
import { statusOf } from './status-of.ts';

/** Of three bytes each. */
const LONG = '長'.repeat(100_000);
/** An object has a megabyte and a half in etcd (--max-request-bytes); its spec and who manages which field are beside it. */
const MOST_BYTES = 1_000_000;

const os = osObjectSchema.parse({
  spec: {},
  metadata: {
    ...{ name: 'fleet', namespace: 'default', uid: 'uid', resourceVersion: '1' },
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
});

test('however many nodes wait, and whatever others say of them, the status fits into an object', (t) => {
  const target = { version: '2.0.0', digest: `sha256:${'2'.repeat(64)}` };
  const nodes = Array.from({ length: 5000 }, (_, index) => testNode(`${index}.${'n'.repeat(240)}`));
  const fleet = testFleet(nodes, { target });
  const summary = summarise(fleet, planRollout(fleet, 0), 0);
  const gates = (['paused', 'ready', 'cordon', 'wave', 'waveSize', 'places', 'drain'] as const).map(
    (gate) => ({ gate, because: LONG }),
  );
  const plan = { steps: [], waiting: nodes.map(({ name }) => ({ node: name, gates })) };
  const [reason] = HALT_REASONS;
  const at = { node: null, nowMs: 0 };
  const record = recordAfter(
    recordFor(os.status, target, 0),
    { do: 'halt', reason, message: LONG },
    at,
  );
  const failedReleases = Array.from({ length: MAX_FAILED_RELEASES }, () => {
    return { ...target, at: new Date(0).toISOString(), message: LONG.slice(0, MAX_FAILURE) };
  });
  let status = os.status;
  for (let round = 0; round < 120; round += 1) {
    const kind = round % 2 === 0 ? 'halted' : 'failed';
    const state: RolloutState = { kind, reason: null, message: LONG, unreachable: 0 };
    const told = { summary: { ...summary, state }, plan, record, failedReleases };
    status = statusOf({ ...os, status }, told, new Date(round * 1000));
  }
  t.is(status.history.length, 50);
  const bytes = Buffer.byteLength(JSON.stringify(status));
  t.true(bytes < MOST_BYTES, String(bytes));
  t.log(`${bytes} bytes`);
});
