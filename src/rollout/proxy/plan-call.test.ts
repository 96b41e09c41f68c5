import test from 'ava';
import type { AgentCall, Step } from './agent-call.ts';
import { afterAsking, afterFailure, afterLoss, newCourse, type Course } from './course.ts';
import { planCall } from './plan-call.ts';

const call = (step: Step): AgentCall => ({ step, method: 'POST', path: '/v1/x', key: `${step}-1` });

/** After these failures, one right after the other. */
const failed = (step: Step, codes: readonly string[]): Course =>
  codes.reduce(
    (course, code) => afterFailure(course, step, { code, message: 'why', atMs: 1000 }),
    newCourse('run-1'),
  );

/** Seconds until it is asked again, or that it is not. */
function next(course: Course, step: Step): number | string {
  const plan = planCall(course, call(step), 1000);
  return plan.kind === 'later' ? plan.inMs / 1000 : plan.kind;
}

const times = (count: number, code: string): string[] => Array.from({ length: count }, () => code);

const TABLE: readonly (readonly [string, Step, readonly string[], number | string])[] = [
  ['nothing has failed', 'prepare', [], 'now'],
  ['refused once', 'prepare', ['REFUSED'], 5],
  ['refused twice', 'prepare', ['REFUSED', 'REFUSED'], 10],
  ['refused three times', 'prepare', times(3, 'REFUSED'), 'never'],
  [
    'refused three times, with a network in between',
    'prepare',
    ['REFUSED', 'NETWORK', 'REFUSED'],
    5,
  ],
  ['halted by its publisher', 'prepare', ['RELEASE_HALTED'], 'never'],
  ['a network that is away for long', 'prepare', times(20, 'NETWORK'), 120],
  ['refused after a network was away for long', 'prepare', [...times(9, 'NETWORK'), 'REFUSED'], 5],
  ['a restart that somebody holds up', 'reboot', times(9, 'REFUSED'), 120],
  ['settings that are refused', 'configure', times(3, 'SETTINGS_REFUSED'), 'never'],
];

for (const [name, step, codes, expected] of TABLE) {
  test(`${step} is asked for again, or not: ${name}`, (t) => {
    t.is(next(failed(step, codes), step), expected);
  });
}

test('what was asked for is not asked for again before its effect can be seen, unless the agent has ended', (t) => {
  const asked = afterAsking(newCourse('run-1'), call('reboot'), 1000);
  t.is(next(asked, 'reboot'), 30);
  t.is(next(asked, 'commit'), 'now');
  t.is(next(afterLoss(asked), 'reboot'), 'now');
});
