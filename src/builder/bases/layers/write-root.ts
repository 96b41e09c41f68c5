import { open, rename, rm } from 'node:fs/promises';
import type { BaseProgress } from '../base.ts';
import { TarWriter } from '../tar/tar-writer.ts';
import { type ChangeMetadata, rootEntries } from './root-entries.ts';
import type { DirectoryNode } from './root-tree.ts';

export interface RootOutput {
  readonly output: string;
  readonly signal: AbortSignal;
  readonly change?: ChangeMetadata;
  /** What the tree is, for progress. */
  readonly subject: string;
  readonly progress?: (progress: BaseProgress) => void;
}

/** Writes a tree as one tar: depth first, names in byte order, under a temporary name until it is whole. */
export async function writeRoot(root: DirectoryNode, request: RootOutput): Promise<void> {
  const unfinished = `${request.output}.unfinished`;
  await rm(unfinished, { force: true });
  try {
    await using file = await open(unfinished, 'ax');
    await using writer = new TarWriter((bytes) => file.appendFile(bytes), request.signal);
    await writeEntries(writer, root, request);
    await writer.finish();
    await file.sync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await rename(unfinished, request.output);
}

async function writeEntries(
  writer: TarWriter,
  root: DirectoryNode,
  request: RootOutput,
): Promise<void> {
  const totalBytes = request.progress === undefined ? 0 : contentBytes(root);
  let doneBytes = 0;
  for (const entry of rootEntries(root, request.change)) {
    await writer.add(entry);
    if (entry.type !== 'file' || entry.size === 0) continue;
    doneBytes += entry.size;
    request.progress?.({ subject: request.subject, doneBytes, totalBytes });
  }
}

function contentBytes(root: DirectoryNode): number {
  let bytes = 0;
  for (const entry of rootEntries(root)) if (entry.type === 'file') bytes += entry.size;
  return bytes;
}
