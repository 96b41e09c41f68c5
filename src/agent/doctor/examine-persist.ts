import { readFile, statfs } from 'node:fs/promises';
import { bad, failed, good, note, type Finding } from './finding.ts';

/** With less, what pods write is in the way of what the node itself keeps. */
const LEAST_BYTES = 64 * 2 ** 20;
const LEAST_INODES = 1000;

/** `state`: the file in which the initramfs says how PERSIST was mounted. */
export async function examinePersist(state: string, mount: string): Promise<readonly Finding[]> {
  const found = (await readFile(state, 'utf8').catch(() => 'unknown')).trim();
  const mounted =
    found === 'writable'
      ? good('PERSIST', 'is mounted, and writable')
      : bad('PERSIST', `is ${found}`, 'journalctl -b -k -g kubeos says why; e2fsck mends it');
  return [mounted, await roomOn(mount)];
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
