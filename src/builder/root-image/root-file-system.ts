import { open, rm, stat } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { mkfsRootExt4 } from '../../disk/mkfs.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { fixExt4Times } from './fix-ext4-times.ts';
import { measureTree, planExt4Size, type Ext4Size } from './measure-tree.ts';

export type FileSystem = 'ext4' | 'squashfs' | 'erofs';

export interface FileSystemRequest {
  readonly tree: string;
  readonly image: string;
  readonly fileSystem: FileSystem;
  readonly seed: string;
  /** Seconds. */
  readonly epoch: number;
  readonly commands: Commands;
}

const BLOCK = 4096;

/** Makes the file system and returns its size in bytes, a multiple of 4096 as dm-verity needs it. */
export async function makeRootFileSystem(request: FileSystemRequest): Promise<number> {
  switch (request.fileSystem) {
    case 'ext4':
      return await makeExt4(request);
    case 'squashfs':
      return await makeSquashfs(request);
    case 'erofs':
      return await makeErofs(request);
    default:
      return request.fileSystem satisfies never;
  }
}

/** As small as it gets: nothing will ever be written there. Only a tree that does not fit gets more room. */
async function makeExt4(request: FileSystemRequest): Promise<number> {
  const { commands, image, epoch } = request;
  const tree = await measureTree(request.tree, commands);
  try {
    await fillExt4(request, planExt4Size(tree, 'tight'));
  } catch (error) {
    if (!isFull(error)) throw error;
    await rm(image);
    await fillExt4(request, planExt4Size(tree, 'roomy'));
  }
  await fixExt4Times(image, epoch, commands);
  await commands.run(checkExt4(image));
  return (await stat(image)).size;
}

async function fillExt4(request: FileSystemRequest, size: Ext4Size): Promise<void> {
  await request.commands.run(fileSystemCommands.ext4(request, size));
}

/** The words of libext2fs for a file system without free blocks or inodes (lib/ext2fs/ext2_err.et). */
function isFull(error: unknown): boolean {
  return error instanceof KubeosError && /Could not allocate (block|inode)/.test(error.message);
}

async function makeSquashfs(request: FileSystemRequest): Promise<number> {
  await request.commands.run(fileSystemCommands.squashfs(request));
  return await padToBlock(request.image);
}

async function makeErofs(request: FileSystemRequest): Promise<number> {
  const { commands, image } = request;
  await commands.run(fileSystemCommands.erofs(request));
  await commands.run(checkErofs(image));
  return await padToBlock(image);
}

async function padToBlock(image: string): Promise<number> {
  const sizeBytes = Math.ceil((await stat(image)).size / BLOCK) * BLOCK;
  await using file = await open(image, 'r+');
  await file.truncate(sizeBytes);
  return sizeBytes;
}

type MkfsRequest = Omit<FileSystemRequest, 'commands' | 'fileSystem'>;

/** What makes each file system from the tree. */
export const fileSystemCommands = {
  ext4({ image, epoch, tree, seed }: MkfsRequest, size: Ext4Size): Command {
    const settings = { image, label: 'KUBEOS-ROOT', epoch, uuid: uuidOf(seed, 'root/ext4') };
    return inNamespace(mkfsRootExt4({ ...settings, ...size }, tree));
  },
  /** gzip, because GRUB's squash4 driver reads neither zstd nor lz4 (GRUB 2.06 and 2.12). */
  squashfs({ image, tree, epoch }: MkfsRequest): Command {
    const args = [
      ...[tree, image, '-noappend', '-quiet', '-no-progress', '-comp', 'gzip', '-b', '131072'],
      ...['-mkfs-time', String(epoch), '-reproducible'],
    ];
    return inNamespace({ tool: 'mksquashfs', args });
  },
  erofs({ image, tree, epoch, seed }: MkfsRequest): Command {
    const args = ['-zlz4hc', '-T', String(epoch), '-U', uuidOf(seed, 'root/erofs'), image, tree];
    return inNamespace({ tool: 'mkfs.erofs', args });
  },
} as const;

export function checkExt4(image: string): Command {
  return { tool: 'e2fsck', args: ['-fn', image] };
}

export function checkErofs(image: string): Command {
  return { tool: 'fsck.erofs', args: [image] };
}
