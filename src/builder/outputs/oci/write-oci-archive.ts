import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { MIB } from '../../../disk/layout.ts';
import { compareText } from '../../inventory/compare-text.ts';
import { writeArtifact } from '../write-artifact.ts';

/** An OCI layout folder as one tar file (`oci-archive:` of skopeo and podman), the same bytes every time. */
export async function writeOciArchive(layout: string, output: string): Promise<void> {
  await writeArtifact(output, async (temporary) => {
    const archive = pack();
    await Promise.all([pipeline(archive, createWriteStream(temporary)), addFiles(archive, layout)]);
  });
}

async function addFiles(archive: Pack, layout: string): Promise<void> {
  try {
    for (const name of await filesOf(layout)) await addFile(archive, layout, name);
    archive.finalize();
  } catch (error) {
    archive.destroy(error instanceof Error ? error : undefined);
    throw error;
  }
}

async function addFile(archive: Pack, layout: string, name: string): Promise<void> {
  const place = path.join(layout, name);
  const { size } = await stat(place);
  const header = { name, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  await pipeline(createReadStream(place, { highWaterMark: MIB }), archive.entry(header));
}

async function filesOf(layout: string): Promise<string[]> {
  const entries = await readdir(layout, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(layout, path.join(entry.parentPath, entry.name)))
    .toSorted(compareText);
}
