import { record, recordRecovery, type CrashScenario, type Recording } from './crash-scenarios.ts';
import { crashStates } from './crash-states.ts';
import { violationOf } from './recover.ts';

export interface Thoroughness {
  /** Random scatterings of what is on its way, after each event. */
  readonly rounds: number;
  /** Of so many disks one is cut off again while it recovers. */
  readonly cutAgain: number;
}

export interface Judgement {
  /** Different disks that were judged. */
  readonly disks: number;
  readonly violation: string | null;
}

/** Cuts power after every write of what a node does, and of the recovery from that; ends with the first violation. */
export async function judgeScenario(
  scenario: CrashScenario,
  how: Thoroughness,
): Promise<Judgement> {
  return await judge(await record(scenario), how);
}

async function judge(recording: Recording, { rounds, cutAgain }: Thoroughness): Promise<Judgement> {
  let disks = 0;
  for (const state of crashStates(recording.before, recording.events, { rounds })) {
    const violation = await violationOf(state, recording);
    if (violation !== null) return { disks, violation: `${state.description}: ${violation}` };
    const isCutAgain = cutAgain > 0 && disks % cutAgain === 0;
    const recovery = isCutAgain ? await recordRecovery(state.content) : null;
    if (recovery !== null) {
      const again = await judge(recovery, { rounds: 0, cutAgain: 0 });
      if (again.violation !== null) {
        return { disks, violation: `${state.description}, then ${again.violation}` };
      }
      disks += again.disks;
    }
    disks += 1;
  }
  return { disks, violation: null };
}
