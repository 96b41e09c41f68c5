import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubVariablesOf, type Slot } from '../../disk/grub-environment-slots.ts';
import type { OpenedFile, PositionalFile } from '../../disk/positional-file.ts';
import { emptySlotFiles } from '../../disk/slot-files.ts';
import { SLOT_RECORDS_BYTES } from '../../disk/slot-records.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import { otherSlot } from '../slots/node-state.ts';
import type { TestRelease } from './test-release.ts';
import { memoryFile, type DiskContent, type DiskEvent, type Place } from './disk-content.ts';
import { freshGrubSector, GRUB_PLACE_BYTES, sealedGrub } from './virtual-grub.ts';

/** A fresh node's disk: slot A holds this release, committed. */
export function freshContent(release: TestRelease, rootBytes: number): DiskContent {
  const empty = emptySlotFiles();
  const slots = { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } } as const;
  const root = Buffer.alloc(rootBytes);
  root.set(release.image);
  return {
    environment: Buffer.from(serialiseGrubEnvironment(grubVariablesOf(slots))),
    records: Buffer.alloc(SLOT_RECORDS_BYTES),
    'configuration-A': Buffer.from(release.verified.bootFiles.configuration),
    'sums-A': Buffer.from(release.verified.bootFiles.sums),
    'configuration-B': Buffer.from(empty.configuration),
    'sums-B': Buffer.from(empty.sums),
    'root-A': root,
    'root-B': Buffer.alloc(rootBytes, 'what was here before '),
    'grub-0': sealedGrub(release),
    'grub-1': Buffer.alloc(GRUB_PLACE_BYTES),
    'grub-sector': freshGrubSector(),
  };
}

export function copyContent(content: DiskContent): DiskContent {
  return {
    environment: Buffer.from(content.environment),
    records: Buffer.from(content.records),
    'configuration-A': Buffer.from(content['configuration-A']),
    'sums-A': Buffer.from(content['sums-A']),
    'root-A': Buffer.from(content['root-A']),
    'configuration-B': Buffer.from(content['configuration-B']),
    'sums-B': Buffer.from(content['sums-B']),
    'root-B': Buffer.from(content['root-B']),
    'grub-0': Buffer.from(content['grub-0']),
    'grub-1': Buffer.from(content['grub-1']),
    'grub-sector': Buffer.from(content['grub-sector']),
  };
}

/** A disk in memory, whose writes and flushes are told. What is read is what was written last, flushed or not. */
export function virtualDisk(
  content: DiskContent,
  booted: Slot,
  onEvent: (event: DiskEvent) => void = () => undefined,
): NodeDisk {
  const file = (place: Place): PositionalFile => memoryFile(content[place], place, onEvent);
  const standby = `root-${otherSlot(booted)}` as const;
  const filesOf = (slot: Slot) => ({
    configuration: file(`configuration-${slot}`),
    sums: file(`sums-${slot}`),
  });
  return {
    booted,
    environment: file('environment'),
    records: file('records'),
    slotFiles: { A: filesOf('A'), B: filesOf('B') },
    droppedArguments: async () => [],
    openStandby: async () => opened(file(standby)),
    openActive: async () => opened(file(`root-${booted}`)),
    async *readBack(bytes) {
      yield content[standby].subarray(0, bytes);
    },
  };
}

const opened = (file: PositionalFile): OpenedFile => ({
  ...file,
  [Symbol.asyncDispose]: async () => undefined,
});
