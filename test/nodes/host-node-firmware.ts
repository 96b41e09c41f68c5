import { findInFat } from '../../src/disk/fat-extent.ts';
import type { BootAttempt } from '../../src/disk/grub-environment-decision.ts';
import type { Slot } from '../../src/disk/grub-environment-slots.ts';
import { UEFI_FIRST } from '../../src/disk/grub-places.ts';
import { readGrubLabel, SEAL_BYTES } from '../../src/disk/grub-seal.ts';
import { parseSlotConfiguration } from '../../src/disk/parse-slot-configuration.ts';
import { openPositional, partOf, type OpenedFile } from '../../src/disk/positional-file.ts';
import { bootFilesOn } from '../agent/boot-files.ts';
import { numbered, readPartitions, type PartitionExtent } from './read-partitions.ts';

/** What a machine with this disk boots, and where its partitions lie. */
export interface DiskBoot {
  readonly slot: Slot;
  readonly commandLine: string;
  readonly partitions: readonly PartitionExtent[];
}

const ROOT = { A: 2, B: 3 } as const;

/**
 * Firmware and GRUB up to the jump into the kernel, on the disk itself: a try is counted there. What GRUB would load is not
 * looked at, and neither another GRUB nor arguments of the node are tried.
 */
export async function bootFromDisk(disk: string): Promise<DiskBoot> {
  const partitions = await readPartitions(disk);
  const openBoot = async (isWritable: boolean): Promise<OpenedFile> =>
    await openPart(disk, numbered(partitions, 1), isWritable);
  const boot = bootFilesOn(openBoot);
  const attempt = await boot.choose();
  const { bytes } = await boot.files(attempt.slot);
  const configuration = bytes.toString('latin1');
  const { identity } = numbered(partitions, ROOT[attempt.slot]);
  const grub = await grubVersion(openBoot);
  return {
    ...{ slot: attempt.slot, partitions },
    commandLine: commandLine(attempt, { identity, grub, configuration }),
  };
}

interface Loaded {
  /** Of the slot's partition. */
  readonly identity: string;
  /** Version of GRUB. */
  readonly grub: string;
  /** The slot's, as GRUB reads it. */
  readonly configuration: string;
}

/** `trial_arguments` of templates/grub.cfg. */
const TRIAL = 'panic=10 systemd.crash_reboot rd.emergency=reboot rd.shell=0 kubeos.trial';

/** As `load_and_boot` of templates/grub.cfg passes it to the kernel. */
function commandLine(
  { kind, slot }: BootAttempt,
  { identity, grub, configuration }: Loaded,
): string {
  const release = parseSlotConfiguration(configuration);
  const verity = /^set slot_verity='([^']*)'$/m.exec(configuration)?.[1] ?? '';
  return [
    ...[`root=PARTUUID=${identity}`, 'ro', `kubeos.slot=${slot}`, `kubeos.grub=${grub}`],
    ...['gpt', 'panic=30', verity, ...(release?.kernelArguments ?? [])],
    ...(kind === 'committed' ? [] : [TRIAL]),
  ]
    .filter((word) => word !== '')
    .join(' ');
}

async function openPart(
  disk: string,
  { offset, size }: PartitionExtent,
  isWritable: boolean,
): Promise<OpenedFile> {
  const file = await openPositional(disk, { isWritable });
  const close = async (): Promise<void> => await file[Symbol.asyncDispose]();
  return { ...partOf(file, offset, size), [Symbol.asyncDispose]: close };
}

/** What the GRUB that UEFI firmware would start says of itself. */
async function grubVersion(
  openBoot: (isWritable: boolean) => Promise<OpenedFile>,
): Promise<string> {
  await using boot = await openBoot(false);
  const { offset, length } = await findInFat(boot, UEFI_FIRST.amd64);
  const seal = Buffer.alloc(SEAL_BYTES);
  await boot.read(seal, offset + length - SEAL_BYTES);
  return readGrubLabel(seal)?.version ?? '';
}
