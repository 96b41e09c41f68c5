import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a build may have left in its output folder before; nothing else there is touched. */
const ARTIFACTS = [
  '.kubeos-state.json',
  ...['SHA256SUMS', 'release', 'disk.raw', 'disk.qcow2', 'disk.vmdk', 'disk.vhd', 'pxe', 'oci'],
  ...['packages.json', 'sbom.spdx.json', 'sbom.cdx.json', 'provenance.json', 'build.json'],
];

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
  await flushAll(from, names);
  for (const name of ARTIFACTS) await rm(path.join(to, name), { recursive: true, force: true });
  for (const name of names) await rename(path.join(from, name), path.join(to, name));
  await flush(to);
}

async function flushAll(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const place = path.join(directory, name);
    const entries = await readdir(place, { withFileTypes: true }).catch(() => null);
    if (entries === null) await flush(place);
    else {
      const below = entries.map((entry) => entry.name);
      await flushAll(place, below);
      await flush(place);
    }
  }
}

async function flush(place: string): Promise<void> {
  await using handle = await open(place, 'r');
  await handle.sync();
}
