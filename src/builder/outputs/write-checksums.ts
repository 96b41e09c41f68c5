import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import { sha256Of } from '../build/sha256-of.ts';
import { writeArtifact } from './write-artifact.ts';

export const CHECKSUMS_FILE = 'SHA256SUMS';

/**
 * Writes SHA256SUMS of the named files, and of all files in the named folders, for `sha256sum -c`.
 *
 * @param names paths relative to `directory`
 */
export async function writeChecksums(directory: string, names: readonly string[]): Promise<void> {
  const files = (await Promise.all(names.map((name) => filesIn(directory, name)))).flat();
  const lines: string[] = [];
  for (const file of [...new Set(files)].toSorted(compareText)) {
    lines.push(checksumLine(await sha256Of(path.join(directory, file)), file));
  }
  await writeArtifact(path.join(directory, CHECKSUMS_FILE), async (output) => {
    await writeFile(output, lines.join(''));
  });
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
