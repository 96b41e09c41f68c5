import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveFile } from '../../disk/move-file.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { formatLock } from './format-lock.ts';
import type { Lock } from './lock-schema.ts';

/** Whole or not at all, also after a power failure. */
export async function writeLockFile(file: string, lock: Lock): Promise<void> {
  await using scratch = await openScratch(path.dirname(file));
  const staged = path.join(scratch.path, path.basename(file));
  await writeFile(staged, formatLock(lock));
  await moveFile(staged, file);
}
