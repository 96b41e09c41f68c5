import type { Subject } from './subject.ts';
import type { RunTimes, TimedCommand } from './timed-run.ts';

/** The two subjects' times in the same round. */
export interface Round {
  readonly kubeos: RunTimes;
  readonly mkosi: RunTimes;
}

export interface BuildMeasurements {
  /** From nothing but downloaded packages. */
  readonly cold: readonly Round[];
  /** Again, with nothing changed. */
  readonly unchanged: readonly Round[];
  /** Again, with the content of one file changed. */
  readonly changed: readonly Round[];
}

export interface MeasureRequest {
  readonly kubeos: Subject;
  readonly mkosi: Subject;
  readonly rounds: { readonly cold: number; readonly cached: number };
  readonly run: (command: TimedCommand) => RunTimes;
  readonly report: (text: string) => void;
}

/** Alternating runs: in a round each subject runs once, and who is first changes with every round. */
export function measureBuilds(request: MeasureRequest): BuildMeasurements {
  const { kubeos, mkosi, rounds, run, report } = request;
  const subjects = [kubeos, mkosi];
  for (const subject of subjects) {
    report(`${subject.name}: a build that is not counted, to download the packages`);
    subject.change(0);
    run(subject.coldBuild);
  }
  const inTurn = (
    name: string,
    count: number,
    one: (subject: Subject, round: number) => RunTimes,
  ) =>
    Array.from({ length: count }, (_, index) => {
      const order = index % 2 === 0 ? subjects : subjects.toReversed();
      const times = new Map(order.map((subject) => [subject.name, one(subject, index + 1)]));
      const round = { kubeos: known(times, 'kubeos'), mkosi: known(times, 'mkosi') };
      report(`${name} ${index + 1}: ${JSON.stringify(round)}`);
      return round;
    });
  const cold = inTurn('cold', rounds.cold, (subject) => {
    subject.forget();
    return run(subject.coldBuild);
  });
  for (const { name, nextBuild } of subjects) {
    report(`${name}: a build that is not counted, to fill its cache`);
    run(nextBuild);
  }
  const unchanged = inTurn('unchanged', rounds.cached, ({ nextBuild }) => run(nextBuild));
  const changed = inTurn('changed', rounds.cached, (subject, round) => {
    subject.change(round);
    return run(subject.nextBuild);
  });
  return { cold, unchanged, changed };
}

function known(times: ReadonlyMap<string, RunTimes>, name: string): RunTimes {
  const found = times.get(name);
  if (found === undefined) throw new Error(`no run of ${name}`);
  return found;
}
