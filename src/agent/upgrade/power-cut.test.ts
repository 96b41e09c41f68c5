import test from 'ava';
import { record, recordRecovery, SCENARIOS, type Recording } from '../testing/crash-scenarios.ts';
import { crashStates, type CrashState } from '../testing/crash-states.ts';
import { violationOf } from '../testing/recover.ts';

/** So many disks that a cut may leave are judged, at least. */
const ENOUGH = 10_000;
/** Of so many disks one is cut off again while it recovers. */
const CUT_AGAIN = 3;

let judged = 0;

/** @returns the first violation */
async function judge(recording: Recording, rounds: number): Promise<string | null> {
  let index = 0;
  for (const state of crashStates(recording.before, recording.events, { rounds })) {
    const violation =
      (await violationOf(state, recording.mayRun)) ??
      (rounds > 0 && index % CUT_AGAIN === 0 ? await cutAgain(state) : null);
    if (violation !== null) return `${state.description}: ${violation}`;
    judged += 1;
    index += 1;
  }
  return null;
}

async function cutAgain({ content }: CrashState): Promise<string | null> {
  const recovery = await recordRecovery(content);
  return recovery === null ? null : await judge(recovery, 0);
}

for (const scenario of SCENARIOS) {
  test.serial(`power is cut at any write of ${scenario.name}`, async (t) => {
    t.is(await judge(await record(scenario), 48), null);
  });
}

test.serial('that were enough', (t) => {
  t.log(`${judged} disks`);
  t.true(judged >= ENOUGH, `${judged} disks`);
});
