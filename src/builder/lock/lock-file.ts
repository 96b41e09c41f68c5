import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import type { ImageDefinition } from '../definition/schema.ts';
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

/** @throws KubeosError LOCK_MISMATCH when the definition asks for something that the lock was not made for */
export function assertLockFits(lock: Lock, definition: ImageDefinition): void {
  const misfits = misfitsOf(lock, definition);
  if (misfits.length === 0) return;
  throw new KubeosError(
    'LOCK_MISMATCH',
    `the lockfile was made for another definition:\n${misfits.map((line) => `  ${line}`).join('\n')}`,
    { hint: 'run `kubeos lock` and review what changes' },
  );
}

function misfitsOf(lock: Lock, definition: ImageDefinition): string[] {
  const pairs: readonly (readonly [string, string, string])[] = [
    ['name', lock.name, definition.name],
    ['arch', lock.arch, definition.arch],
    ['base.type', lock.base.type, definition.base.type],
    ...('requested' in lock.base
      ? [['packages', listOf(lock.base.requested), listOf(definition.packages)] as const]
      : []),
    ...(lock.base.type === 'apt' && definition.base.type === 'apt'
      ? [['base.suite', lock.base.suite, definition.base.suite] as const]
      : []),
  ];
  return pairs
    .filter(([, locked, asked]) => locked !== asked)
    .map(([field, locked, asked]) => `${field}: locked ${locked}, asked ${asked}`);
}

const listOf = (names: readonly string[]): string => names.toSorted(compareText).join(' ');
