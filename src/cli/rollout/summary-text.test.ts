import test from 'ava';
import type { ServiceGap } from '../../rollout/migration/endpoint-gaps.ts';
import type { RolloutReport } from '../../rollout/report/rollout-report.ts';
import { summaryText } from './summary-text.ts';

const SINCE = '2026-01-01T00:05:00.000Z';
const once: ServiceGap = {
  ...{ service: 'default/web', seconds: 0.4, gaps: 1 },
  ...{ longestSeconds: 0.4, longestSince: SINCE, isOver: true },
};

const report = (...withoutEndpoint: readonly ServiceGap[]): RolloutReport => ({
  ...{ apiVersion: 'cli.kubeos/v1', kind: 'RolloutReport', namespace: 'default', name: 'fleet' },
  ...{ target: null, ending: 'certain', verdict: 'unknown', reason: '', message: '' },
  ...{ startedAt: null, watched: { from: SINCE, until: SINCE }, halted: null, counts: {} },
  ...{ phases: {}, waves: [], nodes: null, history: [] },
  migration: { servicesWatched: 3, withoutEndpoint, moves: [], interruptions: 0 },
});

test('of each Service that lost its endpoints the summary says for how long, and when that began', (t) => {
  const again = { ...once, service: 'default/db', seconds: 5.5, gaps: 2, longestSeconds: 3 };
  const lines = summaryText(report({ ...again, isOver: false }, once)).split('\n');
  t.deepEqual(lines.slice(1), [
    '  services: 2 of 3 were without a Ready endpoint',
    `  service: default/db  5.5s without a Ready endpoint in 2 times, the longest 3s from ${SINCE}, and has none now`,
    `  service: default/web  0.4s without a Ready endpoint from ${SINCE}`,
    '  pods: 0 moves',
  ]);
});
