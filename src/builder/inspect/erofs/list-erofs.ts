import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../../host/commands.ts';
import { copyRange } from '../copy-range.ts';
import { openImageBytes } from '../image-bytes.ts';
import { decodeName, kindOf, type FileNode } from '../tree/file-node.ts';
import { parseErofsDirectory } from './directory.ts';
import { erofsAttributesOf } from './extended-attributes.ts';
import { plainContent, readErofsInode, type Erofs, type ErofsInode } from './inode.ts';
import { readErofsSuperblock, unreadable } from './superblock.ts';

export interface ErofsPlace {
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  /** Folder for the unpacked contents; they must stay as long as the result is used. */
  readonly scratch: string;
}

/**
 * Every path of an erofs. Names, owners and modes are read here, since extracting as an ordinary user loses
 * them; contents are compressed, so fsck.erofs unpacks them.
 *
 * @throws KubeosError BUILD_CHECK_FAILED, COMMAND_FAILED
 */
export async function listErofs(place: ErofsPlace, commands: Commands): Promise<FileNode[]> {
  await using bytes = await openImageBytes(place.file, place.offset);
  const erofs = { bytes, superblock: await readErofsSuperblock(bytes) };
  const unpacked = await unpack(place, commands);
  const nodes: FileNode[] = [];
  const seen = new Set<number>();
  const waiting = [{ path: '/', node: erofs.superblock.rootNode }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inode = await readErofsInode(erofs, next.node);
    nodes.push(await nodeOf(erofs, inode, { path: next.path, unpacked }));
    if (kindOf(inode.mode) !== 'directory') continue;
    if (seen.has(inode.node)) throw unreadable(bytes, `${next.path} is a directory in itself`);
    seen.add(inode.node);
    const parent = next.path === '/' ? '' : next.path;
    const content = await plainContent(erofs, inode);
    for (const entry of parseErofsDirectory(content, erofs.superblock.blockSize)) {
      waiting.push({ path: `${parent}/${entry.name}`, node: entry.node });
    }
  }
  return nodes;
}

/** fsck.erofs before 1.8 takes no offset, so it gets a file of its own. */
async function unpack(place: ErofsPlace, commands: Commands): Promise<string> {
  const image = path.join(place.scratch, `erofs-${place.offset}.img`);
  const unpacked = path.join(place.scratch, `erofs-${place.offset}`);
  await copyRange(place, image);
  await mkdir(unpacked);
  const args = [`--extract=${unpacked}`, '--overwrite', '--no-preserve', image];
  await commands.run({ tool: 'fsck.erofs', args, isQuiet: true });
  return unpacked;
}

async function nodeOf(
  erofs: Erofs,
  inode: ErofsInode,
  place: { readonly path: string; readonly unpacked: string },
): Promise<FileNode> {
  const kind = kindOf(inode.mode);
  if (kind === undefined) throw unreadable(erofs.bytes, `${place.path} is of no kind`);
  const { size } = inode;
  const file = path.join(place.unpacked, place.path);
  const runs = size === 0 ? [] : [{ position: 0, length: size }];
  return {
    path: place.path,
    kind,
    mode: inode.mode & 0o7777,
    uid: inode.uid,
    gid: inode.gid,
    size: kind === 'file' || kind === 'link' ? size : 0,
    target: kind === 'link' ? decodeName(await plainContent(erofs, inode)) : null,
    content: kind === 'file' ? { file, runs } : null,
    attributes: await erofsAttributesOf(erofs, inode),
  };
}
