import { MIB } from './layout.ts';

/** Feature lists are explicit, so that a newer e2fsprogs cannot add what a node's older one does not know. */
export const ROOT_FEATURES =
  'none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize';
const PERSIST_FEATURES = `${ROOT_FEATURES},has_journal,resize_inode,metadata_csum`;

/** Where an image has the configuration that mke2fs is to obey, in place of the distribution's. */
export const MKE2FS_CONFIGURATION_FILE = '/usr/lib/kubeos/mke2fs.conf';

/** A file system that mke2fs makes. */
export interface Ext4FileSystem {
  /** File or device. */
  readonly image: string;
  readonly label: string;
  readonly uuid: string;
  readonly sizeBytes: number;
}

/** mke2fs by itself keeps room for 1024 times the size: a 64 MiB file system would be past it on any node's disk. */
const LARGEST_PERSIST = { bytes: 8 * 2 ** 40, option: 'resize=8T' } as const;

/** Holds for the groups that are added when it grows, too; by itself mke2fs gives a small file system four times as many. */
const PERSIST_BYTES_PER_INODE = 16_384;

export interface PersistFileSystem extends Ext4FileSystem {
  /** Where it begins in the image. */
  readonly offsetBytes: number;
  /** The kernel zeroes inode tables when it is mounted: on a large disk mke2fs would take minutes for that. */
  readonly isLazy: boolean;
}

/**
 * PERSIST, formatted in place at its offset. `resize=` keeps room for group descriptors, so that it can
 * grow from the image's few MiB to a node's disk. Beyond it the kernel has to change the file system to meta_bg
 * while it is mounted: code that few use.
 */
export function persistArguments(request: PersistFileSystem): string[] {
  const { sizeBytes, offsetBytes, isLazy } = request;
  const journal = sizeBytes < LARGE_BYTES ? 16 : 128;
  return ext4Arguments(request, {
    args: [
      ...['-O', PERSIST_FEATURES, '-m', '1', '-J', `size=${journal}`],
      ...['-i', String(PERSIST_BYTES_PER_INODE)],
    ],
    extended: [
      `offset=${offsetBytes}`,
      ...(sizeBytes < LARGEST_PERSIST.bytes ? [LARGEST_PERSIST.option] : []),
    ],
    isLazy,
  });
}

/** From here on a larger journal is worth its room. */
const LARGE_BYTES = 8192 * MIB;

interface Ext4Choice {
  readonly args: readonly string[];
  readonly extended: readonly string[];
  readonly isLazy?: boolean;
}

/** What all of them have in common. */
export function ext4Arguments(request: Ext4FileSystem, choice: Ext4Choice): string[] {
  const { label, uuid, image, sizeBytes } = request;
  const options = [
    `hash_seed=${uuid}`,
    'root_owner=0:0',
    `lazy_itable_init=${choice.isLazy === true ? 1 : 0}`,
    'lazy_journal_init=0',
    'nodiscard',
  ];
  return [
    ...['-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-L', label, '-U', uuid],
    ...choice.args,
    ...['-E', [...options, ...choice.extended].join(',')],
    ...[image, `${sizeBytes / 1024}k`],
  ];
}
