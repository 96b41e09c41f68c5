import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Credentials } from '../../disk/credentials.ts';
import { KubeosError } from '../../errors.ts';

/** Tables of SMBIOS 2.1, which a PC of QEMU has, end at 64 KiB; the rest is for what else is in them. */
const ROOM_BYTES = 60 * 1024;

/**
 * A file for each credential, as QEMU makes an OEM string of it (SMBIOS type 11), in which the guest's systemd finds it. In
 * QEMU's arguments everybody on this host could read them.
 *
 * @param directory nobody else can look into it
 * @returns the files
 * @throws KubeosError USAGE when they are too large for that
 */
export async function writeOemStrings(
  credentials: Credentials,
  directory: string,
): Promise<string[]> {
  const strings = [...credentials].map(([name, content], index) => {
    const value = Buffer.from(content).toString('base64');
    const text = `io.systemd.credential.binary:${name}=${value}`;
    return { file: path.join(directory, `credential-${index}`), text };
  });
  assertRoom(strings.reduce((sum, { text }) => sum + text.length + 1, 0));
  for (const { file, text } of strings) await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  return strings.map(({ file }) => file);
}

function assertRoom(bytes: number): void {
  if (bytes <= ROOM_BYTES) return;
  const sizes = `${Math.ceil(bytes / 1024)} KiB in base64, the machine has room for ${ROOM_BYTES / 1024}`;
  throw new KubeosError('USAGE', `the credentials take ${sizes}`, {
    hint: 'put the large ones on BOOT of the image: docs/guides/first-boot.md',
  });
}
