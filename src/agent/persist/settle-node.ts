import { rm, writeFile } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { DataOutcome } from './data-context.ts';
import { describeReport, writeDataReport, type DataReport } from './data-report.ts';
import { openDataContext, type NodeDataPlaces } from './open-data-context.ts';
import { settleData } from './settle-data.ts';
import { takeDataBack } from './take-data-back.ts';

export const DATA_PLACES: NodeDataPlaces & {
  /** For status and the health gate. */
  readonly report: string;
  /** There where services must not touch data that was not migrated (ConditionPathExists=!). */
  readonly notMigrated: string;
} = {
  ...{ proc: '/proc', sys: '/sys', dev: '/dev', persist: '/persist' },
  kept: '/persist/kubeos/state',
  journal: '/persist/kubeos/state/journal',
  persistState: '/run/kubeos/persist-state',
  rules: '/usr/lib/kubeos/state.json',
  hooks: '/usr/lib/kubeos/migrations',
  report: '/run/kubeos/data.json',
  notMigrated: '/run/kubeos/data-not-migrated',
};

/** `kubeos-agent persist settle`: before services start. What goes wrong is reported, and keeps no node from starting. */
export async function settleNode(places = DATA_PLACES): Promise<string> {
  await tell(places, NOT_ENDED);
  const report = await settled(places);
  await tell(places, report);
  return `${describeReport(report).join('\n')}\n`;
}

/** What stays where this is killed, as by the time limit of its unit: the data may be of either form. */
const NOT_ENDED: DataReport = {
  ...{ epoch: null, said: null },
  problem: {
    blames: 'release',
    message: 'kubeos-data.service has not ended (journalctl says why)',
  },
};

async function tell({ notMigrated, report: file }: Told, report: DataReport): Promise<void> {
  if (report.problem !== null) await writeFile(notMigrated, report.problem.message);
  await writeDataReport(file, report);
  if (report.problem === null) await rm(notMigrated, { force: true });
}

type Told = Pick<typeof DATA_PLACES, 'report' | 'notMigrated'>;

async function settled(places: NodeDataPlaces): Promise<DataReport> {
  try {
    await using context = await openDataContext(places);
    return reportOf(await settleData(context));
  } catch (error) {
    if (!isExpected(error)) throw error;
    const blames = isOfRelease(error) ? 'release' : 'node';
    return { epoch: null, said: null, problem: { blames, message: error.message } };
  }
}

/** Of the system, or of a disk that is not as it should be. Anything else is a bug of this release: its unit fails. */
const isExpected = (error: unknown): error is Error =>
  error instanceof KubeosError || (error instanceof Error && 'code' in error);

/** Files of the image: another one has others. */
const isOfRelease = (error: Error): boolean =>
  error instanceof KubeosError && error.code === 'RELEASE_INVALID';

function reportOf({ journal, problem }: DataOutcome): DataReport {
  return { epoch: journal.writer.dataEpoch, said: journal.said, problem };
}

/** `kubeos-agent persist leave`: after services stopped, before a restart into a release of an older data epoch. */
export async function leaveNode(places = DATA_PLACES): Promise<string> {
  await using context = await openDataContext(places);
  const done = await takeDataBack(context);
  return done === null ? 'nothing has to be migrated back\n' : `${done}\n`;
}
