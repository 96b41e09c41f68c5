import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import type { Commands } from '../../../host/commands.ts';
import { compareText } from '../../inventory/compare-text.ts';
import { listErofs } from '../erofs/list-erofs.ts';
import { listExt4 } from '../ext4/list-ext4.ts';
import { openImageBytes } from '../image-bytes.ts';
import { listSquashfs } from '../squashfs/list-squashfs.ts';
import type { FileNode, FileTree } from './file-node.ts';

export interface FileSystemPlace {
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes; it may be more than the file system takes. */
  readonly size: number;
  /** As blkid names it. */
  readonly type: string;
  /** Folder for unpacked contents; they must stay as long as the tree is used. */
  readonly scratch: string;
}

/** All paths of a file system in an image, without mounting anything. */
export async function listTree(place: FileSystemPlace, commands: Commands): Promise<FileTree> {
  const nodes = await listNodes(place, commands);
  // Paths become those of files in the scratch folder; a name such as "../x" must not lead out of it.
  const odd = nodes.find(({ path: name }) => path.posix.resolve('/', name) !== name);
  if (odd !== undefined) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${place.file} has a file with the impossible name ${JSON.stringify(odd.path)}`,
      { hint: 'the image is damaged or made to harm: do not use it' },
    );
  }
  return new Map(
    nodes.toSorted((a, b) => compareText(a.path, b.path)).map((node) => [node.path, node]),
  );
}

async function listNodes(place: FileSystemPlace, commands: Commands): Promise<FileNode[]> {
  if (place.type === 'squashfs') return await listSquashfs(place, commands);
  if (place.type === 'erofs') return await listErofs(place, commands);
  if (/^ext[234]$/.test(place.type)) {
    await using bytes = await openImageBytes(place.file, place.offset);
    return await listExt4(bytes);
  }
  throw new KubeosError(
    'BUILD_CHECK_FAILED',
    `${place.file} has a file system of type ${place.type} at byte ${place.offset}`,
    { hint: 'only ext2, ext3, ext4, squashfs and erofs can be looked into' },
  );
}
