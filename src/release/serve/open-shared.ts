import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { identityOf, type OpenInside } from './open-inside.ts';
import type { RepositoryPath } from '../metadata/repository-path.ts';
import { SharedFile } from './shared-file.ts';

/** Files up to so many bytes are held in memory while they are open. */
const SMALL_BYTES = 2 ** 16;

const CHUNK = 2 ** 18;

/** Opens a file of the repository: a target is named by its SHA-256, other files are read for it. */
export async function openShared(
  { open }: OpenInside,
  file: RepositoryPath,
): Promise<SharedFile | undefined> {
  const handle = await open(file);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    const { size, mtimeMs } = stats;
    const identity = identityOf(stats);
    const facts = { sizeBytes: size, modifiedMs: mtimeMs };
    if (file.kind === 'target') {
      return new SharedFile(
        handle,
        { ...facts, etag: `"${file.sha256}"` },
        { identity, bytes: null },
      );
    }
    const { sha256, bytes } = await readWhole(handle, size);
    return new SharedFile(handle, { ...facts, etag: `"${sha256}"` }, { identity, bytes });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readWhole(
  handle: FileHandle,
  size: number,
): Promise<{ readonly sha256: string; readonly bytes: Buffer | null }> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(size, CHUNK));
  for (let position = 0; position < size;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return { sha256: hash.digest('hex'), bytes: size <= SMALL_BYTES ? buffer : null };
}
