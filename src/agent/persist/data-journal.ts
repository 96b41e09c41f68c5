import { z } from 'zod';
import type { PositionalFile } from '../../disk/positional-file.ts';
import {
  decodeCopies,
  encodeCopy,
  TWO_COPIES_BYTES,
  writeCopies,
  type StoredCopy,
} from '../../disk/two-copies.ts';
import { KubeosError } from '../../errors.ts';

const ran = z.object({
  /** Of its manifest. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  version: z.string().max(64),
  /** Of the release: a larger one is newer. */
  epoch: z.int().min(0),
  dataEpoch: z.int().min(0),
  /** Versions of what writes data, by name of the item. */
  items: z.record(z.string().max(32), z.string().max(32).nullable()),
});

const journal = z.object({
  /** Whose data lies in /var: the release whose services ran last. */
  writer: ran,
  /** What another release has begun with that data, and not ended. */
  step: z
    .object({
      to: ran,
      /**
       * `saved`: what the writer had is saved. `unsaved`: it could not be. `restoring`: what `to` had is being put back.
       * `undoing`: what the writer had is being put back.
       */
      phase: z.enum(['saved', 'unsaved', 'restoring', 'undoing']),
    })
    .nullable(),
  /** The last thing that was done with data, for people. */
  said: z.object({ at: z.iso.datetime(), text: z.string().max(400) }).nullable(),
});

/** A release whose services ran, or are about to. */
export type RanRelease = Readonly<z.infer<typeof ran>>;
export type DataJournal = Readonly<z.infer<typeof journal>>;
export type StepPhase = NonNullable<DataJournal['step']>['phase'];

export const JOURNAL_BYTES = TWO_COPIES_BYTES;

/** @returns null where nothing readable is kept */
export async function readDataJournal(file: PositionalFile): Promise<DataJournal | null> {
  return (await readStored(file))?.value ?? null;
}

/** In place, like slot records: a cut leaves the old or the new, and a full PERSIST cannot stop it. */
export async function writeDataJournal(file: PositionalFile, value: DataJournal): Promise<void> {
  const stored = await readStored(file);
  const bytes = encodeCopy(value, (stored?.sequence ?? 0) + 1);
  if (bytes === null) throw new KubeosError('INTERNAL', 'the journal is longer than its place');
  await writeCopies(file, bytes, stored?.copy ?? null);
}

async function readStored(file: PositionalFile): Promise<StoredCopy<DataJournal> | null> {
  const bytes = Buffer.alloc(JOURNAL_BYTES);
  await file.read(bytes, 0);
  return decodeCopies<DataJournal>(bytes, journal);
}
