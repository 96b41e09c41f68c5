import type { PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import type { DataFiles } from './data-files.ts';
import {
  writeDataJournal,
  type DataJournal,
  type RanRelease,
  type StepPhase,
} from './data-journal.ts';
import { copyLive, dropKept, keptPlace, workPlace, type DataPlaces } from './kept-data.ts';
import type { MigrationHooks } from './migrate-copy.ts';
import type { StateRules } from './state-rules.ts';

export interface DataContext {
  readonly files: DataFiles;
  readonly places: DataPlaces;
  readonly journal: PositionalFile;
  /** Of the running image. */
  readonly rules: StateRules;
  readonly running: RanRelease;
  /** The running slot is not committed. */
  readonly isTrial: boolean;
  readonly other: OtherRelease | null;
  readonly hooks: MigrationHooks;
  readonly now: () => Date;
}

/** What the other slot holds. */
export interface OtherRelease {
  readonly digest: string;
  readonly dataEpoch: number;
  readonly isCommitted: boolean;
}

export interface DataOutcome {
  readonly journal: DataJournal;
  /** What is not as it should be, and whether another release would mend it. */
  readonly problem: DataProblem | null;
}

export interface DataProblem {
  readonly blames: 'release' | 'node';
  readonly message: string;
}

export async function note(context: DataContext, journal: DataJournal): Promise<DataJournal> {
  await writeDataJournal(context.journal, journal);
  return journal;
}

/** How far the running release has come with another one's data; null where it has not begun. */
export function phaseOf({ running }: DataContext, { step }: DataJournal): StepPhase | null {
  return step?.to.digest === running.digest ? step.phase : null;
}

/** From now on the data is the running release's. `text`: what was done with it, for people. */
export async function adopt(
  context: DataContext,
  before: DataJournal | null,
  text: string | null,
): Promise<DataOutcome> {
  const said = text === null ? (before?.said ?? null) : saying(context, text);
  const journal = await note(context, { writer: context.running, step: null, said });
  return { journal, problem: null };
}

export function saying({ now }: DataContext, text: string): DataJournal['said'] {
  return { at: now().toISOString(), text: text.slice(0, 400) };
}

/**
 * Keeps what the writer's services wrote, as it is before another release's services start.
 *
 * @returns why it cannot be kept, or null
 */
export async function save(context: DataContext, before: DataJournal): Promise<string | null> {
  const { files, places, rules, running } = context;
  const incoming = workPlace(places, 'incoming');
  const why = await copyLive(files, places, { items: rules.items, to: incoming }).catch(
    async (error: unknown) => {
      if (!isForWantOfRoom(error)) throw error;
      await files.remove(incoming);
      return error.message;
    },
  );
  if (why !== null) return why;
  await moveInto(context, incoming, keptPlace(places, 'saved', before.writer.digest));
  await note(context, { ...before, step: { to: running, phase: 'saved' } });
  return null;
}

export const notSaved = ({ writer }: DataJournal, why: string): string =>
  `the data of ${writer.version} was not saved: ${why}`;

/** What was made is on the disk already; it appears whole. */
export async function moveInto(
  { files, places }: Pick<DataContext, 'files' | 'places'>,
  made: string,
  place: string,
): Promise<void> {
  await dropKept(files, place);
  await files.rename(made, place);
  await files.flushNames(places.kept);
}

/** What the system, or cp(1), could not write. */
const isForWantOfRoom = (error: unknown): error is Error =>
  (error instanceof KubeosError && error.code === 'HOST_NOT_READY') ||
  (error instanceof Error && 'code' in error && NO_ROOM.has(String(error.code)));

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);
