import { readFile } from 'node:fs/promises';
import { replaceFile } from '../../disk/replace-file.ts';
import { operationResultSchema, type OperationResult } from './operation.ts';

/** How the last operation ended, from whichever file has it; null where none is readable. */
export async function readLastResult(files: readonly string[]): Promise<OperationResult | null> {
  const found = await Promise.all(files.map(async (file) => await readOne(file)));
  return (
    found
      .filter((result) => result !== null)
      .toSorted((one, other) => other.until.localeCompare(one.until))[0] ?? null
  );
}

async function readOne(file: string): Promise<OperationResult | null> {
  try {
    return operationResultSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Keeps it in the first place that can be written: a cut leaves the one before, or this one.
 *
 * @throws Error where none can be
 */
export async function writeLastResult(
  [file, ...others]: readonly string[],
  result: OperationResult,
): Promise<void> {
  if (file === undefined) return;
  try {
    await replaceFile(file, `${JSON.stringify(result)}\n`);
  } catch (error) {
    if (others.length === 0) throw error;
    await writeLastResult(others, result);
  }
}
