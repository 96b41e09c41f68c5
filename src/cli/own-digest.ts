import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** SHA-256 over this program's own files and templates: what another state of the code built is not taken for its own. */
export async function ownDigest(): Promise<string> {
  const code = fileURLToPath(new URL('..', import.meta.url));
  const templates = path.dirname(fileURLToPath(import.meta.resolve('#templates/grub.cfg')));
  const hash = createHash('sha256');
  for (const directory of [code, templates]) {
    const names = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && !/\.test\.[jt]s$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted();
    for (const name of names)
      hash.update(path.relative(directory, name)).update(await readFile(name));
  }
  return hash.digest('hex');
}
