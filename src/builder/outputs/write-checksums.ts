import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import { sha256Of } from '../build/sha256-of.ts';

export const CHECKSUMS_FILE = 'SHA256SUMS';

/** SHA-256, lower-case hex, by path relative to the folder; sorted. */
export type Checksums = ReadonlyMap<string, string>;

/**
 * Hashes the named files, and all files in the named folders.
 *
 * @param names paths relative to `directory`
 */
export async function checksumsOf(directory: string, names: readonly string[]): Promise<Checksums> {
  const files = (await Promise.all(names.map((name) => filesIn(directory, name)))).flat();
  const checksums = new Map<string, string>();
  for (const file of [...new Set(files)].toSorted(compareText)) {
    checksums.set(file, await sha256Of(path.join(directory, file)));
  }
  return checksums;
}

/** Writes SHA256SUMS for `sha256sum -c`. */
export async function writeChecksums(directory: string, checksums: Checksums): Promise<void> {
  const sorted = [...checksums].toSorted(([a], [b]) => compareText(a, b));
  const lines = sorted.map(([file, sha256]) => checksumLine(sha256, file));
  await writeFile(path.join(directory, CHECKSUMS_FILE), lines.join(''));
}

async function filesIn(directory: string, name: string): Promise<string[]> {
  const place = path.join(directory, name);
  if (!(await stat(place)).isDirectory()) return [path.normalize(name)];
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
}

function checksumLine(sha256: string, file: string): string {
  // sha256sum(1) has an escaped form for these; our names never need it.
  if (/[\\\n\r]/.test(file)) {
    throw new KubeosError('USAGE', `${JSON.stringify(file)} cannot stand in ${CHECKSUMS_FILE}`, {
      hint: 'use a name without backslashes and line breaks',
    });
  }
  return `${sha256}  ${file}\n`;
}
