import { createHash } from 'node:crypto';
import { TarWriter } from '../tar/tar-writer.ts';
import { type ChangeMetadata, rootEntries } from './root-entries.ts';
import type { DirectoryNode } from './root-tree.ts';

export interface DigestRequest {
  readonly change: ChangeMetadata;
  readonly signal: AbortSignal;
}

/**
 * The SHA-256 of a tree's paths, types, modes, owners, links, attributes and contents, in hexadecimal. Times are
 * not in it: a fresh copy of a directory is the same directory. It is that of its tar with every time at 0.
 */
export async function digestRoot(
  root: DirectoryNode,
  { change, signal }: DigestRequest,
): Promise<string> {
  const hash = createHash('sha256');
  await using writer = new TarWriter((bytes) => Promise.resolve(hash.update(bytes)), signal);
  const timeless: ChangeMetadata = (metadata) => ({ ...change(metadata), mtime: '0' });
  for (const entry of rootEntries(root, timeless)) await writer.add(entry);
  await writer.finish();
  return hash.digest('hex');
}
