import { KubeosError } from '../../errors.ts';
import { parseOsRelease } from './parse-os-release.ts';
import { readTreeFile } from './tree-file.ts';
import type { OsRelease } from './parse-os-release.ts';

/** @throws KubeosError BUILD_CHECK_FAILED when there is none */
export async function loadOsRelease(tree: string): Promise<OsRelease> {
  const found = await findOsRelease(tree);
  if (found !== undefined) return parseOsRelease(found.text, found.path);
  throw new KubeosError('BUILD_CHECK_FAILED', 'the root file system has no os-release', {
    hint: 'scanners find out by it which distribution this is; add /usr/lib/os-release',
  });
}

/** The os-release of a root file system: /etc before /usr/lib, as os-release(5) has it. */
export async function findOsRelease(
  tree: string,
): Promise<{ readonly text: string; readonly path: string } | undefined> {
  for (const file of ['etc/os-release', 'usr/lib/os-release']) {
    const text = await readTreeFile(tree, file);
    if (text !== undefined) return { text, path: `/${file}` };
  }
  return undefined;
}
