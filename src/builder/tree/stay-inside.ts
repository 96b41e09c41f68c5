import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';

/**
 * Those of the image's paths that symbolic links of the tree lead out of it. Whoever is given a path in the tree
 * follows its links on this host: `/var/run -> /run` of Debian is then the host's own /run.
 *
 * @param paths absolute, inside the image; they need not be there
 */
export async function pathsLeadingOut(
  tree: string,
  paths: readonly string[],
  commands: Commands,
): Promise<ReadonlySet<string>> {
  const root = await realpath(tree);
  const { stdout } = await commands.run(realPaths(paths.map((one) => `${tree}${one}`)));
  const places = stdout.split('\0');
  const isInside = (place = ''): boolean => place === root || place.startsWith(root + path.sep);
  return new Set(paths.filter((_, index) => !isInside(places[index])));
}

/** In the namespace, which may enter every folder of the tree. */
export function realPaths(paths: readonly string[]): Command {
  const args = [
    ...['--null', '--no-run-if-empty'],
    ...['realpath', '--zero', '--canonicalize-missing', '--'],
  ];
  return { ...inNamespace({ tool: 'xargs', args }), input: paths.join('\0'), isQuiet: true };
}

/** @throws KubeosError BUILD_CHECK_FAILED naming the paths that lead out */
export async function assertInside(
  tree: string,
  paths: readonly string[],
  commands: Commands,
): Promise<void> {
  const out = [...(await pathsLeadingOut(tree, [...new Set(paths)], commands))];
  if (out.length === 0) return;
  const message = `symbolic links of the root file system lead out of it: ${out.slice(0, 5).join(', ')}`;
  throw new KubeosError('BUILD_CHECK_FAILED', message, {
    hint: 'name the place that the link means (/run for /var/run), or make the link of the base relative',
  });
}
