import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack, type Header, type Pack } from 'tar-stream';
import type { Commands } from '../../host/commands.ts';
import { assertInside, pathsLeadingOut } from './stay-inside.ts';
import { extractOver, removeAll } from './tree-commands.ts';
import type { TreeEntry } from './tree-entry.ts';

export interface ApplyRequest {
  readonly tree: string;
  readonly entries: readonly TreeEntry[];
  /** Absolute paths inside the image. */
  readonly removals: readonly string[];
  /** Where the tar of the changes may be written. */
  readonly overlayFile: string;
  /** Seconds; the time of every entry. */
  readonly epoch: number;
  readonly commands: Commands;
}

/**
 * Removes, then adds: through a tar, so that owners are set by uid 0 of a user namespace and by nobody on the host.
 * @throws KubeosError BUILD_CHECK_FAILED where a link of the tree would have something written outside of it
 */
export async function applyTree(request: ApplyRequest): Promise<void> {
  const { commands, tree } = request;
  await assertInside(tree, request.entries.map(followedTo), commands);
  const removals = await inTree(request);
  if (removals.length > 0) {
    await commands.run(removeAll(removals.map((removal) => `${tree}${removal}`)));
  }
  await writeOverlay(request);
  await commands.run(extractOver(request.overlayFile, tree));
}

/** A file takes the place of a link; a folder, and all on the way, is where links lead. */
function followedTo(entry: TreeEntry): string {
  return entry.kind === 'directory' ? entry.path : path.posix.dirname(entry.path);
}

/** What was found through a link that leads out is none of the image's. */
async function inTree({ tree, removals, commands }: ApplyRequest): Promise<readonly string[]> {
  if (removals.length === 0) return [];
  const out = await pathsLeadingOut(tree, removals.map(path.posix.dirname), commands);
  return removals.filter((removal) => !out.has(path.posix.dirname(removal)));
}

async function writeOverlay(request: ApplyRequest): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(request.overlayFile));
  for (const entry of request.entries) {
    if (await isKept(entry, request.tree)) continue;
    await addEntry(tar, entry, request.epoch);
  }
  tar.finalize();
  await written;
}

/** /root is 0700 and /tmp 1777 also after a folder with files for them was copied over the root. */
async function isKept(entry: TreeEntry, tree: string): Promise<boolean> {
  if (entry.kind !== 'directory' || entry.isOnTheWay !== true) return false;
  const found = await stat(tree + entry.path).catch(() => undefined);
  return found?.isDirectory() === true;
}

async function addEntry(tar: Pack, entry: TreeEntry, epoch: number): Promise<void> {
  const header = { ...headerOf(entry), mtime: new Date(epoch * 1000) };
  const content = entry.kind === 'file' ? Buffer.from(entry.content) : undefined;
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void => (error == null ? resolve() : reject(error));
    if (content === undefined) tar.entry(header, done);
    else tar.entry({ ...header, size: content.length }, content, done);
  });
}

function headerOf(entry: TreeEntry): Partial<Header> & { name: string } {
  const common = { name: entry.path.slice(1), uid: entry.uid, gid: entry.gid };
  switch (entry.kind) {
    case 'file':
      return { ...common, type: 'file', mode: entry.mode };
    case 'directory':
      return { ...common, type: 'directory', mode: entry.mode };
    case 'link':
      return { ...common, type: 'symlink', linkname: entry.target, mode: 0o777 };
    default:
      return entry satisfies never;
  }
}
