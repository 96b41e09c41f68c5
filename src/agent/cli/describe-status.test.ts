import test from 'ava';
import { testStatus } from '../testing/test-status.ts';
import type { AgentStatus } from '../status.ts';
import { describeStatus } from './describe-status.ts';

const COMMITS_AT = '2026-01-01T00:10:00.000Z';

/** A healthy trial in slot A with so many tries left, before a boot of this slot. */
function onTrial(triesLeft: number, nextSlot: 'A' | 'B'): AgentStatus {
  const { slots } = testStatus({});
  return testStatus({
    slots: { ...slots, A: { ...slots.A, state: 'trial', triesLeft } },
    next: { slot: nextSlot, isTrial: nextSlot === 'A' },
    trial: { failing: [], commitsAt: COMMITS_AT },
  });
}

test('a healthy trial says until when it waits, on its last try too; and that it does not where the other slot was asked for', (t) => {
  const held = `\nhealthy: whoever activated it may commit it; commits by itself at ${COMMITS_AT}`;
  t.true(describeStatus(onTrial(2, 'A')).includes(`${held}\nnext boot: slot A, on trial`));
  t.true(
    describeStatus(onTrial(0, 'B')).includes(`${held}, unless the other slot was asked for\n`),
  );
  t.regex(
    describeStatus(onTrial(2, 'B')),
    /\nhealthy: not committed while the other slot is next\n/,
  );
});

test('kernel arguments that were given up are named', (t) => {
  const status = testStatus({ droppedArguments: ['x=1', 'nosmt'] });
  t.regex(describeStatus(status), /left out, no boot with them was well: x=1 nosmt\n/);
  t.notRegex(describeStatus(testStatus({})), /left out/);
});
