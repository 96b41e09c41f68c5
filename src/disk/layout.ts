import { uuidOf } from './uuid.ts';

export const MIB = 2 ** 20;
export const SECTOR = 512;

/** Where the BIOS boot entry lies: in the alignment gap, so that the four partitions keep their numbers. */
const BIOS_BOOT_FIRST_SECTOR = 34;
const FIRST_PARTITION_MIB = 1;

export type PartitionRole = 'boot' | 'root-a' | 'root-b' | 'persist' | 'bios-boot';
export type Arch = 'amd64' | 'arm64';

export interface Partition {
  readonly number: number;
  readonly role: PartitionRole;
  readonly label: string;
  readonly typeGuid: string;
  readonly guid: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** Bits of the entry's attributes that are set, from the lowest on. */
  readonly attributeBits: readonly number[];
}

export interface DiskLayout {
  readonly sizeBytes: number;
  readonly diskGuid: string;
  readonly partitions: readonly Partition[];
}

export interface LayoutRequest {
  readonly arch: Arch;
  /** Bytes, each a multiple of 1 MiB. */
  readonly bootBytes: number;
  readonly rootBytes: number;
  readonly persistBytes: number;
  readonly hasBiosBoot: boolean;
  /** Every identifier on the disk is derived from it. */
  readonly seed: string;
}

/** Partition types: UEFI specification table 5.7, and the Discoverable Partitions Specification. */
const TYPE_GUIDS = {
  boot: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  rootAmd64: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  rootArm64: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE',
  persist: '4D21B016-B534-45C2-A9FB-5C16E091FD2D',
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
} as const;

/**
 * Of the Discoverable Partitions Specification: bit 60 says that a partition is read-only, bit 63 that it is not to be
 * found by itself. systemd takes of several roots the one with the last label, and ROOT-B of a fresh disk is empty.
 */
const ATTRIBUTE_BITS = { boot: [], 'root-a': [60], 'root-b': [60, 63], persist: [] } as const;

/** The disk of contract section 1: BOOT, ROOT-A, ROOT-B and, last so that it can grow, PERSIST. */
export function planLayout(request: LayoutRequest): DiskLayout {
  const rootType = request.arch === 'amd64' ? TYPE_GUIDS.rootAmd64 : TYPE_GUIDS.rootArm64;
  const parts = [
    { role: 'boot', label: 'BOOT', typeGuid: TYPE_GUIDS.boot, sizeBytes: request.bootBytes },
    { role: 'root-a', label: 'ROOT-A', typeGuid: rootType, sizeBytes: request.rootBytes },
    { role: 'root-b', label: 'ROOT-B', typeGuid: rootType, sizeBytes: request.rootBytes },
    {
      role: 'persist',
      label: 'PERSIST',
      typeGuid: TYPE_GUIDS.persist,
      sizeBytes: request.persistBytes,
    },
  ] as const;
  let startBytes = FIRST_PARTITION_MIB * MIB;
  const partitions: Partition[] = parts.map((part, index) => {
    const partition = {
      ...part,
      number: index + 1,
      guid: uuidOf(request.seed, `partition/${part.label}`),
      startBytes,
      attributeBits: ATTRIBUTE_BITS[part.role],
    };
    startBytes += part.sizeBytes;
    return partition;
  });
  return {
    // The backup partition table takes the last 33 sectors; one MiB keeps the size round.
    sizeBytes: startBytes + MIB,
    diskGuid: uuidOf(request.seed, 'disk'),
    partitions: request.hasBiosBoot ? [...partitions, biosBoot(request.seed)] : partitions,
  };
}

/** The architecture that a root partition's type names; undefined for any other type. */
export function archOfRoot(typeGuid: string): Arch | undefined {
  if (typeGuid === TYPE_GUIDS.rootAmd64) return 'amd64';
  return typeGuid === TYPE_GUIDS.rootArm64 ? 'arm64' : undefined;
}

function biosBoot(seed: string): Partition {
  return {
    number: 5,
    role: 'bios-boot',
    label: 'BIOS-BOOT',
    typeGuid: TYPE_GUIDS.biosBoot,
    guid: uuidOf(seed, 'partition/BIOS-BOOT'),
    startBytes: BIOS_BOOT_FIRST_SECTOR * SECTOR,
    sizeBytes: FIRST_PARTITION_MIB * MIB - BIOS_BOOT_FIRST_SECTOR * SECTOR,
    attributeBits: [],
  };
}

/** @throws Error (a bug) when the layout has no such partition */
export function partitionOf(layout: DiskLayout, role: PartitionRole): Partition {
  const partition = layout.partitions.find((candidate) => candidate.role === role);
  if (partition === undefined) throw new Error(`the layout has no ${role} partition`);
  return partition;
}
