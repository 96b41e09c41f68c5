import type { Converted, WrittenDefinition } from './convert-kbimg.ts';
import type { Kbimg } from './kbimg-schema.ts';

/** Defaults of kbimg, MiB and GB. */
const KBIMG_ROOT_MIB = 2560;
const BOOT_MIB = 256;
const SMALLEST_PERSIST_MIB = 64;

/** Sizes, firmware and forms of the disk. */
export function convertDisk(kbimg: Kbimg): Converted {
  const isLegacy = kbimg.from_repo?.legacy_bios ?? kbimg.from_dockerimg?.legacy_bios ?? false;
  return {
    definition: {
      ...partitions(kbimg.disk_partition),
      firmware: isLegacy ? ['bios'] : ['uefi'],
      outputs: ['raw', 'qcow2', ...(kbimg.pxe_config ? (['pxe'] as const) : [])],
    },
    notes: [
      ...(isLegacy ? ['firmware: [uefi, bios] would boot under both'] : []),
      ...(kbimg.disk_partition?.img_size === undefined
        ? []
        : [
            'img_size: persist is written so that the disk has this size; it may be smaller, because it grows on a node',
          ]),
    ],
  };
}

function partitions(disk: Kbimg['disk_partition']): Pick<WrittenDefinition, 'partitions'> {
  if (disk === undefined) return {};
  const rootMib = Math.round(disk.root ?? KBIMG_ROOT_MIB);
  const root = `${rootMib}MiB`;
  if (disk.img_size === undefined) return { partitions: { root } };
  const rest = Math.floor(disk.img_size * 1024) - BOOT_MIB - 2 * rootMib - 2;
  return { partitions: { root, persist: `${Math.max(SMALLEST_PERSIST_MIB, rest)}MiB` } };
}
