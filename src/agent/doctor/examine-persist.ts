import { statfs } from 'node:fs/promises';
import { persistState, type PersistPlaces } from '../health/persist-checks.ts';
import { bad, failed, good, note, type Finding } from './finding.ts';

/** With less, what pods write is in the way of what the node itself keeps. */
const LEAST_BYTES = 64 * 2 ** 20;
const LEAST_INODES = 1000;

export async function examinePersist(places: PersistPlaces): Promise<readonly Finding[]> {
  const found = await persistState(places);
  const mounted =
    found === 'writable'
      ? good('PERSIST', 'is mounted, and writable')
      : bad('PERSIST', `is ${found}`, 'journalctl -b -k -g kubeos says why; e2fsck mends it');
  return [mounted, await roomOn(places.persist)];
}

async function roomOn(mount: string): Promise<Finding> {
  const subject = 'room on PERSIST';
  try {
    const { bavail, bsize, ffree } = await statfs(mount);
    const bytes = bavail * bsize;
    const found = `${Math.floor(bytes / 2 ** 20)} MiB and ${ffree} inodes are free`;
    if (bytes >= LEAST_BYTES && ffree >= LEAST_INODES) return good(subject, found);
    return note(subject, found, 'an upgrade needs none of it; see what fills it: du -xd2 /persist');
  } catch (error) {
    return failed(subject, error, `mount ${mount}`);
  }
}
