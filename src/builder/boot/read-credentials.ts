import { readFile, stat } from 'node:fs/promises';
import {
  CREDENTIALS_ROOM_BYTES,
  findContentFault,
  findNameFault,
  findRoomFault,
  type Credentials,
} from '../../disk/credentials.ts';
import { KubeosError } from '../../errors.ts';

/**
 * Reads the files of `NAME=FILE` arguments; a file may be a pipe.
 *
 * @throws KubeosError USAGE with everything that is wrong with them, and nothing of what is in them
 */
export async function readCredentials(wishes: readonly string[]): Promise<Credentials> {
  const credentials = new Map<string, Uint8Array>();
  const faults: string[] = [];
  for (const wish of wishes) {
    // A name with "=" in it would be cut there by the guest, too.
    const [name = '', ...rest] = wish.split('=');
    const content = await contentOf(rest.join('='));
    const fault = findFault(credentials, name, content);
    if (fault !== null) faults.push(`${wish}: ${fault}`);
    if (typeof content !== 'string') credentials.set(name, content);
  }
  const room = findRoomFault([...credentials.values()].map(({ length }) => length));
  if (room !== null) faults.push(room);
  if (faults.length === 0) return credentials;
  throw new KubeosError('USAGE', faults.map((fault) => `--credential ${fault}`).join('\n'), {
    hint: 'give NAME=FILE, such as system.hostname=name.txt; man systemd.system-credentials lists names',
  });
}

function findFault(known: Credentials, name: string, content: Uint8Array | string): string | null {
  if (known.has(name)) return `${name} is given twice`;
  const fault = findNameFault(name);
  if (fault !== null || typeof content === 'string') return fault ?? String(content);
  return findContentFault(name, content);
}

/** Or why it cannot be read. */
async function contentOf(file: string): Promise<Uint8Array | string> {
  if (file === '') return 'expected NAME=FILE';
  try {
    const { size } = await stat(file);
    return size > CREDENTIALS_ROOM_BYTES ? `${file} has ${size} bytes` : await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.message;
    throw error;
  }
}
