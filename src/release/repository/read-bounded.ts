import { open } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { isMissing } from './is-missing.ts';

/** @throws KubeosError RELEASE_INVALID when it is missing or longer than `maxBytes` */
export async function readBounded(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size <= maxBytes) return await handle.readFile();
    throw new KubeosError(
      'RELEASE_INVALID',
      `${file} has ${size} bytes, expected ${maxBytes} at most`,
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw missingFile(file);
  }
}

/** A file of a release folder. */
export function missingFile(file: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `${file} is missing`, {
    hint: 'give the folder that `kubeos build` made',
  });
}
