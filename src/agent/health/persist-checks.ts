import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { nodeCheck, releaseCheck, type CheckResult } from './health-check.ts';

export interface PersistPlaces {
  readonly proc: string;
  /** Of the initramfs: how PERSIST was mounted; and where. */
  readonly persistState: string;
  readonly persist: string;
}

/**
 * A PERSIST that is damaged is no fault of a release. One that this release's kernel or e2fsck cannot deal with may be: the
 * release before was able to, and a node that waited for a person would wait for ever.
 */
export async function persistCheck(places: PersistPlaces): Promise<CheckResult> {
  const state = await persistState(places);
  const check = OF_RELEASE.test(state) ? releaseCheck : nodeCheck;
  return check('persist', state === 'writable', `PERSIST is ${state}`);
}

/** e2fsck(8) found nothing wrong, and it could not be mounted; or e2fsck did not run (16 and more), as shells say, too. */
const OF_RELEASE =
  /^not mounted$|^(?:read-only|memory) (?:mount-failed|e2fsck-(?:1[6-9]|[2-9]\d|\d{3}))$/;

/** `writable`, or what it is instead. */
export async function persistState(places: PersistPlaces): Promise<string> {
  const said = await readFile(places.persistState, 'utf8').catch(() => null);
  return said?.trim() ?? (await mountedState(places));
}

/** Another initramfs than ours leaves no word: a root file system that came as a plain tar has its own. */
async function mountedState({ proc, persist }: PersistPlaces): Promise<string> {
  const mounts = await readFile(path.join(proc, 'self/mounts'), 'utf8').catch(() => '');
  const options = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, place]) => place === persist)?.[3];
  if (options === undefined) return 'not mounted';
  return options.split(',').includes('rw') ? 'writable' : 'mounted read-only';
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
