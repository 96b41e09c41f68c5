import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Lock } from './lock-schema.ts';
import { parseLock } from './parse-lock.ts';

export interface LockFile {
  readonly lock: Lock;
  readonly sha256: string;
}

/** The lockfile of a definition lies beside it: kubeos.lock for kubeos.yaml. */
export function lockPathOf(definitionFile: string): string {
  const { dir, name } = path.parse(definitionFile);
  return path.join(dir, `${name}.lock`);
}

/** Null where there is no lockfile. */
export async function loadLockFile(definitionFile: string): Promise<LockFile | null> {
  const file = lockPathOf(definitionFile);
  try {
    const text = await readFile(file, 'utf8');
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { lock: parseLock(text, path.relative(process.cwd(), file)), sha256 };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
