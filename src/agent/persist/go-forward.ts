import { KubeosError } from '../../errors.ts';
import {
  adopt,
  note,
  notSaved,
  save,
  type DataContext,
  type DataOutcome,
  type DataProblem,
} from './data-context.ts';
import type { DataJournal, StepPhase } from './data-journal.ts';
import { dropKept, keptPlace, readKeptList, workPlace } from './kept-data.ts';
import { migrateCopy } from './migrate-copy.ts';
import { putBack, removing } from './put-back.ts';

/** A newer release: what the one before had is saved where it may come back, and migrated where its epoch is older. */
export async function goForward(
  context: DataContext,
  before: DataJournal,
  phase: StepPhase | null,
): Promise<DataOutcome> {
  const { running, isTrial } = context;
  const { writer } = before;
  const isMigration = running.dataEpoch > writer.dataEpoch;
  if (!isTrial && !isMigration) return await adopt(context, before, null);
  const why = phase === 'saved' ? null : await save(context, before);
  if (isMigration) {
    if (why !== null) return await unsaved(context, before, why);
    return await migrateForward(context, before);
  }
  return await adopt(context, before, why === null ? null : notSaved(before, why));
}

/** Migrating what cannot be had back would take the way back. */
async function unsaved(
  context: DataContext,
  before: DataJournal,
  why: string,
): Promise<DataOutcome> {
  const step = { to: context.running, phase: 'unsaved' } as const;
  const journal = await note(context, { ...before, step });
  const message = `the data of ${before.writer.version} cannot be saved, so it is not migrated: ${why}`;
  return { journal, problem: { blames: 'node', message } };
}

/** Cut anywhere, it is done again, from what was saved. */
async function migrateForward(context: DataContext, before: DataJournal): Promise<DataOutcome> {
  const { files, places, running, rules } = context;
  const { writer } = before;
  const work = workPlace(places, 'work');
  const problem = await migrated(context, before, work);
  if (problem !== null) {
    const step = { to: running, phase: 'saved' } as const;
    return { journal: { ...before, step }, problem };
  }
  const list = (await readKeptList(files, work)) ?? [];
  const part = { place: work, list, items: rules.items.map(({ name }) => name) };
  await putBack(files, places, { part, displace: removing(files, places) });
  const epochs = `from epoch ${writer.dataEpoch} to ${running.dataEpoch}`;
  return await adopt(context, before, `migrated the data of ${writer.version} ${epochs}`);
}

/** @returns why it cannot be migrated, by a hook of the image or for want of a copy, or null */
async function migrated(
  context: DataContext,
  { writer }: DataJournal,
  work: string,
): Promise<DataProblem | null> {
  const { files, places, hooks, running, rules } = context;
  const from = keptPlace(places, 'saved', writer.digest);
  const epochs = { from: writer.dataEpoch, to: running.dataEpoch };
  try {
    await migrateCopy({ files, hooks, from, work, items: rules.items }, epochs);
    return null;
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
    // Half of it would take the room of the node, and of the next attempt.
    await dropKept(files, work);
    const blames = error.code === 'COMMAND_FAILED' ? 'release' : 'node';
    return { blames, message: error.message };
  }
}
