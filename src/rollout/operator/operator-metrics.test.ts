import test from 'ava';
import { osObjectSchema } from '../api/os-object.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { summarise } from '../plan/summarise.ts';
import { testFleet, testNode, testOutcome, testRun } from '../testing/test-fleet.ts';
import { OperatorMetrics } from './operator-metrics.ts';

const os = osObjectSchema.parse({
  metadata: {
    ...{ name: 'fleet', namespace: 'default', uid: 'u', resourceVersion: '1' },
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {},
});

test('every stage has a series, and a node only that of its own; what is gone is gone', async (t) => {
  const metrics = new OperatorMetrics('1.2.3');
  const away = testNode('n1', {
    run: testRun({ allowed: 'drain', since: { prepare: 0, drain: 0 } }),
  });
  const fleet = testFleet([away, testNode('n2', { outcome: testOutcome('failed') })], {
    failureBudget: { count: 2 },
  });
  const summary = summarise(fleet, planRollout(fleet, 1000), 1000);
  const drains = new Map([['n1', { isDrained: false, blockedBy: 'pod web/db', daemonSets: [] }]]);
  metrics.passed({ rollouts: [{ os, fleet, summary }], drains, atMs: 1000 });
  metrics.count('default/fleet', { do: 'activate', node: 'n1' }, { node: away, nowMs: 4000 });
  const text = await metrics.text();
  for (const line of [
    'kubeos_build_info{component="operator",version="1.2.3"} 1',
    'kubeos_os_nodes{os="default/fleet",phase="draining"} 1',
    'kubeos_os_nodes{os="default/fleet",phase="current"} 0',
    'kubeos_node_phase{node="n1",phase="draining"} 1',
    'kubeos_node_phase{node="n2",phase="out"} 1',
    'kubeos_node_maintenance{node="n1"} 1',
    'kubeos_drain_blocked{node="n1"} 1',
    'kubeos_rollout_budget_remaining{os="default/fleet"} 1',
    'kubeos_phase_duration_seconds_sum{os="default/fleet",phase="drain"} 4',
  ]) {
    t.true(text.includes(`${line}\n`), line);
  }
  metrics.passed({ rollouts: [], drains: new Map(), atMs: 2000 });
  t.notRegex(await metrics.text(), /^kubeos_(os|node|drain|rollout)_/m);
});
