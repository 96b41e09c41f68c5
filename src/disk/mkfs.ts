import { fileURLToPath } from 'node:url';
import type { Command } from '../host/commands.ts';
import {
  ext4Arguments,
  persistArguments,
  ROOT_FEATURES,
  type Ext4FileSystem,
} from './ext4-arguments.ts';

export interface Ext4Request extends Ext4FileSystem {
  /** Seconds; becomes every time in the superblock. */
  readonly epoch: number;
}

export interface RootExt4Request extends Ext4Request {
  readonly inodes: number;
}

/** The root file system: no journal, no checksums of its own (dm-verity covers every block), made to be read. */
export function mkfsRootExt4(request: RootExt4Request, tree: string): Command {
  const args = ['-O', ROOT_FEATURES, '-m', '0', '-N', String(request.inodes), '-d', tree];
  return mke2fs(request, ext4Arguments(request, { args, extended: [] }));
}

/** Kernel and initramfs beside a root file system that GRUB cannot read: the plainest ext2, owned by root. */
export function mkfsBootArea(request: Ext4Request, tree: string): Command {
  const features = 'none,ext_attr,filetype,sparse_super';
  const args = ['-O', features, '-m', '0', '-N', '16', '-d', tree];
  return mke2fs(request, ext4Arguments(request, { args, extended: [] }));
}

/** PERSIST of an image: small, and the same bytes every time. */
export function mkfsPersistExt4(request: Ext4Request, offsetBytes: number): Command {
  return mke2fs(request, persistArguments({ ...request, offsetBytes, isLazy: false }));
}

function mke2fs({ epoch }: Ext4Request, args: readonly string[]): Command {
  return {
    tool: 'mke2fs',
    args,
    environment: {
      MKE2FS_CONFIG: fileURLToPath(import.meta.resolve('#templates/mke2fs.conf')),
      E2FSPROGS_FAKE_TIME: String(epoch),
      SOURCE_DATE_EPOCH: String(epoch),
    },
  };
}

/** `--invariant` has to come before `-i`: after it, it resets the volume id to 1234-ABCD. */
export function mkfsFat32(image: string, label: string, volumeId: string): Command {
  return {
    tool: 'mkfs.vfat',
    // FAT32 needs at least 65 525 clusters; one sector each makes 64 MiB enough.
    args: ['-F', '32', '-s', '1', '-n', label, '--invariant', '-i', volumeId, image],
  };
}
