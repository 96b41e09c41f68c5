import { MIB } from '../../../disk/layout.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { decodeName, kindOf, type FileNode, type NodeKind, type Run } from '../tree/file-node.ts';
import { runsOf } from './block-map.ts';
import { parseDirectory } from './directory.ts';
import { attributesOf } from './extended-attributes.ts';
import { readInode, type Ext4, type Inode } from './inode.ts';
import { readSuperblock, unreadable } from './superblock.ts';

const ROOT_INODE = 2;
const FAST_LINK_BYTES = 60;
/** A directory of this size has some 100,000 entries; a larger one in an image is damage. */
const MAX_NAMES_BYTES = 32 * MIB;

/**
 * Every path of an ext2, ext3 or ext4 file system, read without mounting it and without a right that reading
 * the image file does not give. The kernel's journal is not replayed: meant for images, not for living disks.
 *
 * @throws KubeosError BUILD_CHECK_FAILED
 */
export async function listExt4(bytes: ImageBytes): Promise<FileNode[]> {
  const ext4 = { bytes, superblock: await readSuperblock(bytes) };
  const nodes: FileNode[] = [];
  const seen = new Set<number>();
  const waiting = [{ path: '/', inode: ROOT_INODE }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inode = await readInode(ext4, next.inode);
    const node = await nodeOf(ext4, inode, next.path);
    nodes.push(node);
    if (node.kind !== 'directory') continue;
    // A directory has one name only; a second one is damage that would never end.
    if (seen.has(inode.number)) throw unreadable(bytes, `${node.path} is a directory in itself`);
    seen.add(inode.number);
    const parent = node.path === '/' ? '' : node.path;
    for (const entry of parseDirectory(await contentOf(ext4, inode), ext4.superblock.blockSize)) {
      waiting.push({ path: `${parent}/${entry.name}`, inode: entry.inode });
    }
  }
  return nodes;
}

async function nodeOf(ext4: Ext4, inode: Inode, path: string): Promise<FileNode> {
  const kind = kindOf(inode.mode);
  if (kind === undefined) throw unreadable(ext4.bytes, `${path} is of no kind`);
  return {
    path,
    kind,
    mode: inode.mode & 0o7777,
    uid: inode.uid,
    gid: inode.gid,
    size: kind === 'file' || kind === 'link' ? inode.size : 0,
    target: kind === 'link' ? await targetOf(ext4, inode) : null,
    content: await fileContent(ext4, inode, kind),
    attributes: await attributesOf(ext4, inode),
  };
}

async function fileContent(ext4: Ext4, inode: Inode, kind: NodeKind): Promise<FileNode['content']> {
  return kind === 'file' ? { file: ext4.bytes.file, runs: await runsOf(ext4, inode) } : null;
}

async function targetOf(ext4: Ext4, inode: Inode): Promise<string> {
  const isFast = inode.size < FAST_LINK_BYTES && !inode.hasExtents;
  if (isFast) return decodeName(inode.block.subarray(0, inode.size));
  return decodeName(await contentOf(ext4, inode));
}

/** Of a directory or a link. */
async function contentOf(ext4: Ext4, inode: Inode): Promise<Buffer> {
  if (inode.size > MAX_NAMES_BYTES) {
    throw unreadable(ext4.bytes, `inode ${inode.number} claims ${inode.size} bytes of names`);
  }
  const parts: Buffer[] = [];
  for (const run of await runsOf(ext4, inode)) parts.push(await bytesOf(ext4, run));
  return Buffer.concat(parts);
}

async function bytesOf({ bytes }: Ext4, { position, length }: Run): Promise<Buffer> {
  if (position === null) return Buffer.alloc(length);
  return await bytes.read(position - bytes.offset, length);
}
