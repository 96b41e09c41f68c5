import { readFile, statfs } from 'node:fs/promises';
import { nodeCheck, type CheckResult } from './health-check.ts';

/** A PERSIST that cannot be written is no fault of a release. */
export async function persistCheck(stateFile: string): Promise<CheckResult> {
  const state = (await readFile(stateFile, 'utf8').catch(() => 'unknown')).trim();
  return nodeCheck('persist', state === 'writable', `PERSIST is ${state}`);
}

/** Below a hundredth of room or files, what runs on the node soon fails. A full PERSIST keeps no release from a commit. */
export async function diskCheck(place: string): Promise<CheckResult> {
  const found = await statfs(place).catch(() => null);
  const free =
    found === null
      ? null
      : { room: share(found.bavail, found.blocks), files: share(found.ffree, found.files) };
  const isGood = free !== null && free.room >= 1 && free.files >= 1;
  const message =
    free === null
      ? `${place} cannot be looked at`
      : `${place}: ${free.room} % of room and ${free.files} % of files free`;
  return { ...nodeCheck('disk', isGood, message), isRequired: false };
}

const share = (free: number, all: number): number =>
  all === 0 ? 100 : Math.floor((100 * free) / all);
