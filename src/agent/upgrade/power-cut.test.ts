import test from 'ava';
import { SCENARIOS } from '../testing/crash-scenarios.ts';
import { GRUB_SCENARIOS } from '../testing/grub-scenarios.ts';
import { judgeScenario } from '../testing/judge-scenario.ts';

/** So many different disks that a cut may leave are judged, at least. */
const ENOUGH = 10_000;

let judged = 0;

for (const scenario of [...SCENARIOS, ...GRUB_SCENARIOS]) {
  test(`power is cut at any write of ${scenario.name}`, async (t) => {
    const { disks, violation } = await judgeScenario(scenario, { rounds: 36, cutAgain: 5 });
    t.is(violation, null);
    judged += disks;
  });
}

test.after('that were enough', (t) => {
  t.log(`${judged} disks`);
  t.true(judged >= ENOUGH, `${judged} disks`);
});
