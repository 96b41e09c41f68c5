import { createHash } from 'node:crypto';
import { readPastCache } from '../../disk/read-past-cache.ts';

/** SHA-256 of a file as it is stored, lower-case hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readPastCache(file)) hash.update(chunk);
  return hash.digest('hex');
}
