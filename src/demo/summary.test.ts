import test from 'ava';
import { summaryOf } from './summary.ts';

test('what was done, what each node did, and what services noticed of it', (t) => {
  const steps = [
    { title: 'Two releases', ms: 65_000 },
    { title: 'From 1.0.0 to 2.0.0', ms: 3_600_000 },
  ];
  const run = { kind: 'upgrade', fetchedBytes: 5 * 2 ** 20, seconds: { drain: 12, reboot: 90 } };
  const summary = summaryOf(steps, {
    nodes: [
      { node: 'node-1', runs: [run] },
      { node: 'node-2', runs: [{ ...run, fetchedBytes: null, seconds: { drain: 1 } }] },
    ],
    migration: {
      servicesWatched: 3,
      withoutEndpoint: [
        { service: 'a/b', seconds: 1 },
        { service: 'a/c', seconds: 2 },
      ],
      moves: [{ owner: 'web/counter', moves: 2, movesPerPod: 1 }],
    },
  });
  t.snapshot(summary);
});
