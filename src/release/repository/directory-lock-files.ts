import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './is-missing.ts';
import type { LockFiles } from './publisher-lock.ts';

/**
 * The lock of a repository in a directory.
 *
 * @param linkFile link(2)
 */
export function directoryLockFiles(directory: string, linkFile = link): LockFiles {
  const fileOf = (name: string): string => path.join(directory, name);
  return {
    place: directory,
    create: async (name, text) => await createWhole(fileOf(name), text, linkFile),
    async read(name) {
      try {
        const text = await readFile(fileOf(name), 'utf8');
        return { text, ageMs: Date.now() - (await stat(fileOf(name))).mtimeMs };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async renew(name) {
      const now = new Date();
      await utimes(fileOf(name), now, now);
    },
    rename: async (from, to) => await rename(fileOf(from), fileOf(to)),
    remove: async (name) => await rm(fileOf(name), { force: true }),
  };
}

/** A file that is there is whole: link(2) makes a name that was free, or fails. */
async function createWhole(file: string, text: string, linkFile: typeof link): Promise<boolean> {
  const whole = `${file}.${randomUUID()}`;
  await writeFile(whole, text, { flush: true });
  try {
    await linkFile(whole, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINKS.has(codeOf(error))) throw error;
    return await createNew(file, text);
  } finally {
    await rm(whole, { force: true });
  }
}

/** What FAT, and network file systems, answer that have no second name for a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Empty for a moment, which is taken for a lock that somebody holds. */
async function createNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
