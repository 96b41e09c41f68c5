import { open, stat } from 'node:fs/promises';
import type { Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { mkfsRootExt4 } from '../../disk/mkfs.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { fixExt4Times } from './fix-ext4-times.ts';
import { measureTree, planExt4Size } from './measure-tree.ts';

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

async function makeExt4(request: FileSystemRequest): Promise<number> {
  const { commands, image, epoch } = request;
  const size = planExt4Size(await measureTree(request.tree, commands));
  const settings = {
    ...{ image, label: 'KUBEOS-ROOT', epoch, inodes: size.inodes, sizeBytes: size.sizeBytes },
    uuid: uuidOf(request.seed, 'root/ext4'),
  };
  await commands.run(inNamespace(mkfsRootExt4(settings, request.tree)));
  await fixExt4Times(image, epoch, commands);
  await commands.run({ tool: 'e2fsck', args: ['-fn', image] });
  return size.sizeBytes;
}

/** gzip, because GRUB's squash4 driver reads neither zstd nor lz4 (GRUB 2.06 and 2.12). */
async function makeSquashfs({ commands, image, tree, epoch }: FileSystemRequest): Promise<number> {
  const args = [
    tree,
    image,
    '-noappend',
    '-quiet',
    '-no-progress',
    '-comp',
    'gzip',
    '-b',
    '131072',
  ];
  await commands.run(
    inNamespace({
      tool: 'mksquashfs',
      args: [...args, '-mkfs-time', String(epoch), '-reproducible'],
    }),
  );
  return await padToBlock(image);
}

async function makeErofs({
  commands,
  image,
  tree,
  epoch,
  seed,
}: FileSystemRequest): Promise<number> {
  const args = ['-zlz4hc', '-T', String(epoch), '-U', uuidOf(seed, 'root/erofs'), image, tree];
  await commands.run(inNamespace({ tool: 'mkfs.erofs', args }));
  await commands.run({ tool: 'fsck.erofs', args: [image] });
  return await padToBlock(image);
}

async function padToBlock(image: string): Promise<number> {
  const sizeBytes = Math.ceil((await stat(image)).size / BLOCK) * BLOCK;
  await using file = await open(image, 'r+');
  await file.truncate(sizeBytes);
  return sizeBytes;
}
