import { readFile } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';

/** A file that an option names. @throws KubeosError USAGE */
export async function readGiven(option: string, file: string): Promise<Buffer> {
  return await readNamed(file, `--${option}: ${file}`);
}

/** A file that a person named. @throws KubeosError USAGE */
export async function readNamed(file: string, called = file): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new KubeosError('USAGE', `${called} cannot be read`, {
      cause,
      hint: 'name a file that is there, and that this user may read',
    });
  }
}

/** The first line of a file with a secret, which stands in no argument that everyone on the host can read. */
export async function readSecret(
  option: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return (await readGiven(option, file)).toString('utf8').split(/\r?\n/, 1)[0];
}
