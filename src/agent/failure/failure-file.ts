import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../disk/replace-file.ts';
import { lastWordsSchema } from './last-words.ts';

/** A release may be tried again when it is told to; then its trial is another, with other words. */
const knownWordsSchema = lastWordsSchema.extend({ activatedIn: z.string().max(64) });
export type KnownWords = Readonly<z.infer<typeof knownWordsSchema>>;

const schema = z.record(z.string().max(71), knownWordsSchema);

/** By digest, what the trials of releases that failed here left behind; a damaged or missing file holds none. */
export async function readFailures(file: string): Promise<ReadonlyMap<string, KnownWords>> {
  const said = await readFile(file, 'utf8')
    .then((text) => schema.parse(JSON.parse(text)))
    .catch(() => ({}));
  return new Map(Object.entries(said));
}

/** @throws where there is no room */
export async function writeFailures(
  file: string,
  failures: ReadonlyMap<string, KnownWords>,
): Promise<void> {
  await replaceFile(file, `${JSON.stringify(Object.fromEntries(failures))}\n`);
}
