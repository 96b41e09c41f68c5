import { readFile } from 'node:fs/promises';

/** The name of the image that runs (os-release(5), IMAGE_ID); null where it has none. */
export async function imageName(osRelease: string): Promise<string | null> {
  const text = await readFile(osRelease, 'utf8').catch(() => '');
  return /^IMAGE_ID="?([^"\n]+)"?$/m.exec(text)?.[1] ?? null;
}
