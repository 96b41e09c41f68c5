import { fileURLToPath } from 'node:url';
import type { Command } from '../host/commands.ts';

/** Feature lists are explicit, so that a newer e2fsprogs on the build host cannot add what a node's older one does not know. */
const ROOT_FEATURES =
  'none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize';
const PERSIST_FEATURES = `${ROOT_FEATURES},has_journal,resize_inode,metadata_csum`;

export interface Ext4Request {
  readonly image: string;
  readonly label: string;
  readonly uuid: string;
  readonly sizeBytes: number;
  /** Seconds; becomes every time in the superblock. */
  readonly epoch: number;
}

export interface RootExt4Request extends Ext4Request {
  readonly inodes: number;
}

/** The root file system: no journal, no checksums of its own (dm-verity covers every block), made to be read. */
export function mkfsRootExt4(request: RootExt4Request, tree: string): Command {
  return mke2fs(
    request,
    ['-O', ROOT_FEATURES, '-m', '0', '-N', String(request.inodes), '-d', tree],
    [],
  );
}

/** Kernel and initramfs beside a root file system that GRUB cannot read: the plainest ext2, owned by root. */
export function mkfsBootArea(request: Ext4Request, tree: string): Command {
  return mke2fs(
    request,
    ['-O', 'none,ext_attr,filetype,sparse_super', '-m', '0', '-N', '16', '-d', tree],
    [],
  );
}

/** mke2fs by itself keeps room for 1024 times the size: a 64 MiB file system would be past it on any node's disk. */
const LARGEST_PERSIST = { bytes: 8 * 2 ** 40, option: 'resize=8T' } as const;

/** Holds for the groups that are added when it grows, too; by itself mke2fs gives a small file system four times as many. */
const PERSIST_BYTES_PER_INODE = 16_384;

/**
 * PERSIST, formatted in place at its offset. `resize=` keeps room for group descriptors, so that it can
 * grow from the image's few MiB to a node's disk. Beyond it the kernel has to change the file system to meta_bg
 * while it is mounted: code that few use.
 */
export function mkfsPersistExt4(request: Ext4Request, offsetBytes: number): Command {
  return mke2fs(
    request,
    ['-O', PERSIST_FEATURES, '-m', '1', '-J', 'size=16', '-i', String(PERSIST_BYTES_PER_INODE)],
    [
      `offset=${offsetBytes}`,
      ...(request.sizeBytes < LARGEST_PERSIST.bytes ? [LARGEST_PERSIST.option] : []),
    ],
  );
}

function mke2fs(
  request: Ext4Request,
  args: readonly string[],
  extended: readonly string[],
): Command {
  const options = [
    `hash_seed=${request.uuid}`,
    'root_owner=0:0',
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'nodiscard',
  ];
  return {
    tool: 'mke2fs',
    args: [
      ...[
        '-q',
        '-F',
        '-t',
        'ext4',
        '-b',
        '4096',
        '-I',
        '256',
        '-L',
        request.label,
        '-U',
        request.uuid,
      ],
      ...args,
      ...['-E', [...options, ...extended].join(',')],
      ...[request.image, `${request.sizeBytes / 1024}k`],
    ],
    environment: {
      MKE2FS_CONFIG: fileURLToPath(import.meta.resolve('#templates/mke2fs.conf')),
      E2FSPROGS_FAKE_TIME: String(request.epoch),
      SOURCE_DATE_EPOCH: String(request.epoch),
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
