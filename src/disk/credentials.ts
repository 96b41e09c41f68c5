import { MIB } from './layout.ts';

/** System credentials by name (systemd.system-credentials(7)). */
export type Credentials = ReadonlyMap<string, Uint8Array>;

/** On BOOT: templates/initramfs/credentials.sh takes them from there. */
export const CREDENTIALS_FOLDER = 'kubeos/credentials';

/** systemd keeps all of them in a file system of this size, where each takes whole pages. */
export const CREDENTIALS_ROOM_BYTES = MIB;
const PAGE_BYTES = 4096;
const LONGEST_NAME = 255;

/** Why systemd takes no credential of this name; null where it does (credential_name_valid(), and what it passes over). */
export function findNameFault(name: string): string | null {
  if (name === '') return 'a credential needs a name';
  if (name.startsWith('.')) return 'a name may not begin with a dot';
  if (name.length > LONGEST_NAME) return `a name has ${LONGEST_NAME} letters at most`;
  if (!/^[ -~]*$/.test(name)) return 'a name has printable letters of ASCII only';
  return /[:/]/.test(name) ? 'a name has no ":" and no "/"' : null;
}

/** Why a file of this name, which systemd takes, cannot lie on BOOT; null where it can. */
export function findFatFault(name: string): string | null {
  if (/["*<>?|\\]/.test(name)) return 'a name on FAT has none of " * < > ? | \\';
  return /[. ]$/.test(name) ? 'FAT cuts off a dot or a space at the end' : null;
}

/** Why systemd has no room for credentials of these sizes (bytes); null where it has. */
export function findRoomFault(sizes: readonly number[]): string | null {
  const pages = sizes.reduce((sum, size) => sum + Math.max(1, Math.ceil(size / PAGE_BYTES)), 0);
  if (pages * PAGE_BYTES <= CREDENTIALS_ROOM_BYTES) return null;
  const taken = `${pages * (PAGE_BYTES / 1024)} KiB in pages of ${PAGE_BYTES / 1024} KiB`;
  return `together they take ${taken}, systemd has room for ${CREDENTIALS_ROOM_BYTES / 1024} KiB`;
}

/** What systemd would refuse of the content, where that is easily got wrong; null for everything else. */
export function findContentFault(name: string, content: Uint8Array): string | null {
  if (name !== 'system.hostname') return null;
  // hostname_is_valid() of systemd, which takes a newline for a part of it.
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/;
  if (isName.test(Buffer.from(content).toString('latin1'))) return null;
  return 'no host name: letters, digits, "-" and ".", 64 at most, and no newline behind it (printf, not echo)';
}
