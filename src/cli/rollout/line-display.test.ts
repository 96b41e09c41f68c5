import test from 'ava';
import {
  testFleet,
  testNode,
  testOutcome,
  testRun,
  TWO,
} from '../../rollout/testing/test-fleet.ts';
import { testProgress } from '../../rollout/testing/test-progress.ts';
import { eventDisplay } from './event-display.ts';
import { lineDisplay } from './line-display.ts';
import type { RolloutDisplay } from './rollout-display.ts';

const SECOND = 1000;
const BEGAN = Date.parse('2026-01-01T10:00:00Z');
const fleetAt = (done: number, ...more: readonly ReturnType<typeof testNode>[]) =>
  testFleet(
    [
      ...Array.from({ length: done }, (_, index) =>
        testNode(`n${index}`, {
          booted: { digest: TWO.digest, bootId: 'after', isOnTrial: false },
        }),
      ),
      testNode('m1', {
        run: testRun({
          ...{ allowed: 'activate', reported: { phase: 'rebooting' } },
          since: { prepare: BEGAN, drain: BEGAN, activate: BEGAN },
        }),
      }),
      ...more,
      testNode('m9'),
    ],
    { failureBudget: { count: 1 } },
  );

/** A rollout in which a node fails, as it is told by a display whose clock is turned by hand. */
async function told(
  open: (writer: { write: (text: string) => void }, now: () => number) => RolloutDisplay,
) {
  let nowMs = BEGAN;
  let text = '';
  const course = (fleet: ReturnType<typeof fleetAt>) => ({
    ...fleet,
    course: { ...fleet.course, startedMs: BEGAN },
  });
  {
    await using display = open({ write: (said) => (text += said) }, () => nowMs);
    const at = (seconds: number, fleet: ReturnType<typeof fleetAt>): void => {
      nowMs = BEGAN + seconds * SECOND;
      const progress = testProgress(course(fleet), nowMs);
      display.tell(progress.os);
      display.draw(progress, nowMs);
    };
    at(0, fleetAt(1));
    at(1, fleetAt(2));
    at(2, fleetAt(3));
    at(6, fleetAt(3));
    display.trouble('the API server does not answer');
    const failed = testNode('m2', {
      outcome: testOutcome('fell-back', { message: 'HEALTH\u001b[0m' }),
    });
    at(10, fleetAt(3, failed));
    at(11, fleetAt(3, failed));
    at(71, fleetAt(3, failed));
    at(73, fleetAt(4, failed));
  }
  return text;
}

test('a log has a line for each change, for each node that failed, and one a minute', async (t) => {
  t.snapshot(await told(lineDisplay));
});

test('events are JSON lines, one for each node that does something else', async (t) => {
  const events = (await told(eventDisplay)).trimEnd().split('\n');
  t.snapshot(events.map((line) => JSON.parse(line) as unknown));
});
