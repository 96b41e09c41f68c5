import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { flush, flushTree } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';

/** A build has been here: the first two go first and come last, and a build that was killed leaves its folder. */
const MARKS = /^(?:\.kubeos-state\.json|SHA256SUMS|\.kubeos-work.*)$/;

/** What a build may have left in its output folder before; nothing else there is touched. */
const ARTIFACTS = [
  ...['.kubeos-state.json', 'SHA256SUMS', 'release', 'pxe', 'oci'],
  ...['disk.raw', 'disk.qcow2', 'disk.vmdk', 'disk.vhd'],
  ...['packages.json', 'sbom.spdx.json', 'sbom.cdx.json', 'provenance.json', 'build.json'],
];

/**
 * What is called like an artifact would be replaced, and may be somebody's own where no build has been.
 *
 * @param found what is in the output folder
 * @throws KubeosError USAGE
 */
export function assertOwn(directory: string, found: readonly string[]): void {
  const taken = found.filter((name) => ARTIFACTS.includes(name)).toSorted();
  if (taken.length === 0 || found.some((name) => MARKS.test(name))) return;
  const names = taken.join(', ');
  throw new KubeosError('USAGE', `${directory} has ${names}, which no build has made there`, {
    hint: 'build into a folder of its own with --out, or move that away',
  });
}

/**
 * Makes finished artifacts appear in the output folder, each by rename. The former SHA256SUMS goes first and
 * the new one comes last: a folder with one is whole. What an earlier build wrote in forms that are not asked
 * for any more goes too, because it would be of another version.
 */
export async function placeArtifacts(
  from: string,
  to: string,
  names: readonly string[],
): Promise<void> {
  await flushTree(from);
  for (const name of ARTIFACTS) await rm(path.join(to, name), { recursive: true, force: true });
  for (const name of names) await rename(path.join(from, name), path.join(to, name));
  await flush(to);
}
