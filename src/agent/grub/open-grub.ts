import { BIOS_PLACE_BYTES, BIOS_PLACES } from '../../disk/bios-boot-code.ts';
import { findInFat, type FatFile } from '../../disk/fat-extent.ts';
import { biosPointer, fatPointer, pairSectorOf } from '../../disk/grub-pointer.ts';
import { UEFI_FIRST, UEFI_SECOND } from '../../disk/grub-places.ts';
import { SECTOR } from '../../disk/layout.ts';
import { openPositional, partOf, type PositionalFile } from '../../disk/positional-file.ts';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { KubeosError } from '../../errors.ts';
import type { NodeDevices } from '../node/find-node-disk.ts';
import type { GrubPlace, GrubPlaces, NodeGrub } from './node-grub.ts';

/**
 * Finds both places of the GRUB that booted this node. Never fails: a disk that has no second place is one that was made
 * before there were two.
 *
 * @param boot BOOT, held
 */
export async function openGrub(boot: PositionalFile, devices: NodeDevices): Promise<NodeGrub> {
  const { grub: booted } = devices;
  try {
    if (booted === null) throw fixed('the GRUB that booted this node does not say its version');
    return booted.startsWith('bios')
      ? await biosPlaces(booted, devices)
      : await uefiPlaces(booted, boot, devices);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'its places cannot be read';
    return { kind: 'fixed', booted, reason };
  }
}

async function uefiPlaces(
  booted: string,
  boot: PositionalFile,
  devices: NodeDevices,
): Promise<GrubPlaces> {
  const pair = { first: await firstOf(boot), second: await findInFat(boot, UEFI_SECOND) };
  const sector = pairSectorOf(pair);
  if (sector === null) throw fixed('the entries of its two places are not in one sector of BOOT');
  const [low, high] = [pair.first, pair.second].toSorted((a, b) => a.offset - b.offset);
  const placeOf = ({ offset, length }: FatFile): GrubPlace => ({
    file: partOf(boot, offset, length),
    readBack: () => readPastCache(devices.boot, length, offset),
  });
  return {
    ...{ kind: 'two-places', booted, sectors: null, pointer: fatPointer(pair) },
    places: [placeOf(low ?? pair.first), placeOf(high ?? pair.second)],
    sector: partOf(boot, sector, SECTOR),
  };
}

/** By the name that firmware of this machine's kind looks for; BOOT has one of them. */
async function firstOf(boot: PositionalFile): Promise<FatFile> {
  const amd64 = await findInFat(boot, UEFI_FIRST.amd64).catch(() => null);
  return amd64 ?? (await findInFat(boot, UEFI_FIRST.arm64));
}

async function biosPlaces(booted: string, { biosBoot, disk }: NodeDevices): Promise<GrubPlaces> {
  if (biosBoot === null) throw fixed('the disk has no BIOS boot partition');
  const [base] = BIOS_PLACES;
  const placeOf = (firstSector: number): GrubPlace => {
    const offset = (firstSector - base) * SECTOR;
    return {
      file: partOf(onDemand(biosBoot, offset + BIOS_PLACE_BYTES), offset, BIOS_PLACE_BYTES),
      readBack: () => readPastCache(biosBoot, BIOS_PLACE_BYTES, offset),
    };
  };
  return {
    ...{ kind: 'two-places', booted, sectors: BIOS_PLACES, pointer: biosPointer },
    places: [placeOf(BIOS_PLACES[0]), placeOf(BIOS_PLACES[1])],
    sector: onDemand(disk, SECTOR),
  };
}

/** Open only while something is done: of a disk that is closed after a write udev reads everything anew. */
function onDemand(device: string, size: number): PositionalFile {
  return {
    address: device,
    size,
    read: async (into, position) => {
      await using file = await openPositional(device);
      await file.read(into, position);
    },
    write: async (bytes, position) => {
      await using file = await openPositional(device, { isWritable: true });
      await file.write(bytes, position);
      await file.flush();
    },
    flush: async () => undefined,
  };
}

function fixed(message: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', message, {
    hint: 'write the disk anew from its image to have GRUB updated with each release',
  });
}
