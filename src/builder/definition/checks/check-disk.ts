import { formatSize, roughSize } from '../format-size.ts';
import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** FAT32 needs 65 525 clusters, and ours are of one sector. */
const SMALLEST_BOOT = 64 * MIB;
/** ext4 with a journal of 16 MiB and room for what a first boot writes. */
const SMALLEST_PERSIST = 64 * MIB;
/** One MiB before the first partition, and one after the last for the backup partition table. */
const AROUND = 2 * MIB;
/** The largest file of ext4 with 4 KiB blocks, which most build hosts use. */
const LARGEST_DISK = 16 * 1024 * GIB;
/** The largest disk of the VHD format. */
const LARGEST_VHD = 2040 * GIB;

/** Sizes that no file system can be made in, and firmware that the processor does not have. */
export function checkDisk(definition: CheckableDefinition): DefinitionFault[] {
  const { partitions } = definition;
  return [
    ...alignment('boot', partitions.boot),
    ...alignment('root', partitions.root),
    ...alignment('persist', partitions.persist),
    ...atLeast('boot', partitions.boot, [SMALLEST_BOOT, 'FAT32 cannot be made in less']),
    ...atLeast('persist', partitions.persist, [SMALLEST_PERSIST, 'it holds a journal of 16 MiB']),
    ...totalFaults(definition),
    ...firmwareFaults(definition),
  ];
}

function alignment(name: string, bytes: number): DefinitionFault[] {
  if (bytes % MIB === 0) return [];
  const next = formatSize(Math.ceil(bytes / MIB) * MIB);
  return [
    {
      path: ['partitions', name],
      message: `${formatSize(bytes)} is not a whole number of MiB`,
      expected: 'a multiple of 1MiB, which partitions are aligned to',
      suggestion: `write ${next}`,
    },
  ];
}

function atLeast(
  name: string,
  bytes: number,
  [smallest, reason]: readonly [bytes: number, reason: string],
): DefinitionFault[] {
  if (bytes >= smallest) return [];
  return [
    {
      path: ['partitions', name],
      message: `${formatSize(bytes)} is too small for the ${name} partition: ${reason}`,
      expected: `${formatSize(smallest)} or more`,
    },
  ];
}

function totalFaults({ partitions, outputs }: CheckableDefinition): DefinitionFault[] {
  const total = partitions.boot + 2 * partitions.root + partitions.persist + AROUND;
  const sum = `boot, twice root, persist and ${formatSize(AROUND)} around them make a disk of ${roughSize(total)}`;
  const isTooLarge = total > LARGEST_DISK;
  if (!isTooLarge && !(outputs.includes('vhd') && total > LARGEST_VHD)) return [];
  const limit = isTooLarge ? LARGEST_DISK : LARGEST_VHD;
  const what = isTooLarge
    ? 'the largest file that ext4 can hold'
    : 'the largest disk of format vhd';
  return [
    {
      path: ['partitions'],
      at: 'key',
      message: sum,
      expected: `${roughSize(limit)} or less, ${what}`,
      suggestion: 'persist may be small: it grows on a node to fill the disk',
    },
  ];
}

function firmwareFaults({ firmware, arch }: CheckableDefinition): DefinitionFault[] {
  if (arch !== 'arm64' || !firmware.includes('bios')) return [];
  return [
    {
      path: ['firmware'],
      message: 'machines of arch arm64 have no BIOS',
      expected: '[uefi]',
      other: { path: ['arch'], what: 'arch is written at' },
    },
  ];
}
