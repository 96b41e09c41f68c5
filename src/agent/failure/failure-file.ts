import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { lastWordsSchema, type LastWords } from './last-words.ts';

const schema = z.record(z.string().max(71), lastWordsSchema);

/** By digest, what the trials of releases that failed here left behind; a damaged or missing file holds none. */
export async function readFailures(file: string): Promise<ReadonlyMap<string, LastWords>> {
  const said = await readFile(file, 'utf8')
    .then((text) => schema.parse(JSON.parse(text)))
    .catch(() => ({}));
  return new Map(Object.entries(said));
}

/** @throws where there is no room */
export async function writeFailures(
  file: string,
  failures: ReadonlyMap<string, LastWords>,
): Promise<void> {
  {
    await using made = await open(`${file}.new`, 'w', 0o600);
    await made.writeFile(`${JSON.stringify(Object.fromEntries(failures))}\n`);
    await made.sync();
  }
  await rename(`${file}.new`, file);
}
