import type { ByteString } from './byte-string.ts';

/** PATH_MAX and NAME_MAX of Linux (limits.h); longer ones could not be unpacked either. */
const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/**
 * The parts of a member's name below the root; none for the root itself.
 * @throws RangeError for a name that leads, or could lead, out of the root
 */
export function entryPath(name: ByteString): readonly ByteString[] {
  // "/" alone is the root, as some builders write it.
  if (name.startsWith('/') && name !== '/') throw new RangeError('its name is absolute');
  if (name === '') throw new RangeError('its name is empty');
  if (name.length > MAX_PATH_BYTES) throw new RangeError('its name is too long');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    if (part === '..') throw new RangeError('its name contains ".."');
    if (part.length > MAX_NAME_BYTES) throw new RangeError('a part of its name is too long');
  }
  return parts;
}
