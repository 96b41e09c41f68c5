import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { flush } from '../../disk/flush-tree.ts';
import { replaceFile } from '../../disk/replace-file.ts';

const slotArguments = z
  .strictObject({
    words: z.array(z.string()).readonly(),
    left: z.literal(['ok', 0, 1, 2, 3]),
  })
  .readonly();

/** What has to be undone where a transaction does not come to its end. On the disk before the first change. */
const journalSchema = z.strictObject({
  schema: z.literal(1),
  /** What the kernel was told lasts no longer than this boot. */
  bootId: z.string(),
  files: z.array(z.strictObject({ path: z.string(), existed: z.boolean() })).readonly(),
  sysctls: z.array(z.strictObject({ name: z.string(), before: z.string() })).readonly(),
  units: z.array(z.string()).readonly(),
  /** Kernel arguments before, where they change. */
  arguments: z.strictObject({ A: slotArguments, B: slotArguments }).readonly().nullable(),
});

export type Journal = Readonly<z.infer<typeof journalSchema>>;

export async function writeJournal(file: string, journal: Journal): Promise<void> {
  await replaceFile(file, `${JSON.stringify(journal)}\n`);
}

/** Null where no transaction is open. It appears whole by rename: a damaged one is of a disk that lost it, or of a newer agent. */
export async function readJournal(file: string): Promise<Journal | 'damaged' | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** From here on what was changed stays. */
export async function endJournal(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(`${file}.new`, { force: true });
  await flush(path.dirname(file)).catch(() => undefined);
}
