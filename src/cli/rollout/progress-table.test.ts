import test from 'ava';
import { planRollout } from '../../rollout/plan/plan-rollout.ts';
import {
  testFleet,
  testNode,
  testOutcome,
  testRun,
  TWO,
} from '../../rollout/testing/test-fleet.ts';
import { testProgress } from '../../rollout/testing/test-progress.ts';
import { progressTable } from './progress-table.ts';

const NOW = 3_600_000;
const MINUTE = 60_000;
const booted = { digest: TWO.digest, bootId: 'after', isOnTrial: false };
const done = (name: string) => testNode(name, { booted, outcome: testOutcome('done') });

/** One of each kind. */
const FLEET = testFleet(
  [
    ...['n1', 'n2', 'n3'].map(done),
    testNode('n4', {
      run: testRun({ allowed: 'drain', since: { prepare: 0, drain: NOW - 5 * MINUTE } }),
    }),
    testNode('n5', {
      run: testRun({
        ...{ allowed: 'activate', reported: { phase: 'rebooting' } },
        since: { prepare: 0, drain: 0, activate: NOW - 2 * MINUTE },
      }),
    }),
    testNode('n6', { run: testRun({ since: { prepare: NOW - 30_000 } }) }),
    testNode('n7', { outcome: testOutcome('fell-back', { message: 'HEALTH:\u001b[2J\nkubelet' }) }),
    testNode('n8', { isCordoned: true }),
    ...Array.from({ length: 10 }, (_, index) => testNode(`n${index + 9}`)),
  ],
  {
    ...{ maxUnavailable: { count: 3 }, failureBudget: { count: 2 } },
    waves: [
      { size: { count: 2 }, soakMs: MINUTE, needsApproval: false },
      { size: { count: 7 }, soakMs: 0, needsApproval: true },
    ],
  },
);
const course = { ...FLEET.course, waves: [{ finishedMs: 0 }] };
const progress = testProgress({ ...FLEET, course }, NOW, {
  waiting: [{ node: 'n4', gates: [{ gate: 'drain', because: 'default/db-0 may not leave' }] }],
});
const draw = (rows: number, columns: number, notes: readonly string[] = []) =>
  progressTable(progress, { rows, columns }, { nowMs: NOW, notes });

test('a table says what has failed, what is under way, and what waits for what', (t) => {
  t.snapshot(draw(40, 200, ['! the API server does not answer']).join('\n'), 'wide');
  t.snapshot(draw(40, 72).join('\n'), 'narrow');
});

test('a table has no more rows and columns than there are', (t) => {
  t.snapshot(draw(8, 72).join('\n'), 'low');
  for (const rows of [1, 2, 3, 5, 9, 13]) {
    const lines = draw(rows, 40, ['a', 'b', 'c']);
    t.true(lines.length <= Math.max(1, rows), `${rows} rows`);
    t.true(lines.every((line) => line.length <= 40));
  }
});

test('what a node says cannot steer the terminal', (t) => {
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  t.false(draw(40, 200).some((line) => /[\u0000-\u001f]/.test(line)));
});

test('ten thousand nodes have the rows of a terminal', (t) => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => {
    const name = `n${index}`;
    if (index < 4000) return done(name);
    if (index < 4300) return testNode(name, { run: testRun({ allowed: 'drain' }) });
    if (index < 4400) return testNode(name, { outcome: testOutcome('failed') });
    return testNode(name);
  });
  const fleet = testFleet(nodes, {
    ...{ maxUnavailable: { percent: 3 }, failureBudget: { percent: 5 }, maxPreparing: 20 },
  });
  t.is(planRollout(fleet, NOW).waiting.length, 5580);
  const large = testProgress(fleet, NOW);
  const lines = progressTable(large, { rows: 20, columns: 72 }, { nowMs: NOW, notes: [] });
  t.is(lines.length, 20);
  t.snapshot(lines.join('\n'));
});
