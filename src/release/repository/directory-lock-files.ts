import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './is-missing.ts';
import type { LockFiles } from './publisher-lock.ts';

/** The lock of a repository in a directory: `.lock` in it. */
export function directoryLockFiles(directory: string): LockFiles {
  const fileOf = (name: string): string => path.join(directory, `.${name}`);
  return {
    place: directory,
    create: async (name, text) => await createWhole(fileOf(name), text),
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
async function createWhole(file: string, text: string): Promise<boolean> {
  const whole = `${file}.${randomUUID()}`;
  await writeFile(whole, text);
  try {
    await link(whole, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}
