import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../repository/is-missing.ts';
import { parseRepositoryPath } from '../../metadata/repository-path.ts';

export interface CachedFile {
  /** Path in the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Its last use that was written down; milliseconds since 1970. */
  readonly usedMs: number;
}

/** Files of a cache that may go, from the one that nobody used longest. */
export async function listCached(directory: string): Promise<readonly CachedFile[]> {
  const names = await Promise.all(
    ['metadata', 'targets'].map(async (folder) =>
      (await readdir(path.join(directory, folder))).map((name) => `${folder}/${name}`),
    ),
  );
  const files = names.flat().filter((name) => {
    const kind = parseRepositoryPath(name)?.kind;
    return kind === 'metadata' || kind === 'target';
  });
  const found = await Promise.all(files.map((name) => observe(directory, name)));
  return found.flatMap((entry) => entry ?? []).toSorted((a, b) => a.usedMs - b.usedMs);
}

/** The last use stands in the time of access, which nothing else keeps there: file systems are mounted with relatime. */
async function observe(directory: string, name: string): Promise<CachedFile | null> {
  try {
    const { size, atimeMs } = await stat(path.join(directory, name));
    return { path: name, sizeBytes: size, usedMs: atimeMs };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
