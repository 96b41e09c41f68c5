import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { flush } from './flush-tree.ts';

/** Readable by root alone. */
const MODE = 0o600;

/** Puts a whole file in the place of another, or of none: a cut leaves the one before, or this one. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const directory = path.dirname(file);
  await mkdir(directory, { recursive: true });
  {
    await using made = await open(`${file}.new`, 'w', MODE);
    await made.writeFile(content);
    await made.sync();
  }
  await rename(`${file}.new`, file);
  await flush(directory);
}
