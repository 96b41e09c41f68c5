import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { STAGING } from '../../metadata/repository-path.ts';
import { isMissing } from '../../repository/is-missing.ts';

/** How the name of a file begins that still arrives. */
export const PART = 'part-';

export interface StagedFile {
  /** Path in the repository. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Folders of a repository, as they also lie in a session. */
export const FOLDERS = ['targets', 'metadata'] as const;

export function sessionFolder(directory: string, session: string): string {
  return path.join(directory, STAGING, session);
}

/** All whole files of a session. */
export async function listStaged(folder: string): Promise<readonly StagedFile[]> {
  const found = await Promise.all(
    FOLDERS.map(async (name) => {
      const names = await namesIn(path.join(folder, name));
      return names.map((file) => `${name}/${file}`);
    }),
  );
  return await Promise.all(
    found.flat().map(async (file) => ({
      path: file,
      sizeBytes: (await stat(path.join(folder, file))).size,
    })),
  );
}

/** Removes what nobody touched for so long. */
export async function removeStaleSessions(
  directory: string,
  { staleMs, nowMs }: { readonly staleMs: number; readonly nowMs: number },
): Promise<void> {
  for (const session of await listSessions(directory)) {
    const folder = sessionFolder(directory, session);
    const touched = await Promise.all(
      ['.', ...FOLDERS].map((name) => modifiedMs(path.join(folder, name))),
    );
    if (nowMs - Math.max(...touched) > staleMs) await rm(folder, { recursive: true, force: true });
  }
}

/** Those with files that are not published yet. */
export async function listOpenSessions(directory: string): Promise<readonly string[]> {
  const sessions = await listSessions(directory);
  const names = await Promise.all(
    sessions.map((session) => namesIn(sessionFolder(directory, session))),
  );
  return sessions.filter((_, index) => FOLDERS.some((name) => names[index]?.includes(name)));
}

/** What an upload that was cut by the end of a process left: called before there are new ones. */
export async function removeParts(directory: string): Promise<void> {
  for (const session of await listSessions(directory)) {
    const folder = sessionFolder(directory, session);
    const parts = (await namesIn(folder)).filter((name) => name.startsWith(PART));
    await Promise.all(parts.map((name) => rm(path.join(folder, name), { force: true })));
  }
}

async function listSessions(directory: string): Promise<readonly string[]> {
  const names = await namesIn(path.join(directory, STAGING));
  return names.filter((name) => /^[0-9a-f]{32}$/.test(name));
}

export async function readTextIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function modifiedMs(place: string): Promise<number> {
  try {
    return (await stat(place)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
