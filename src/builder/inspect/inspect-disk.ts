import { stat } from 'node:fs/promises';
import { CREDENTIALS_FOLDER } from '../../disk/credentials.ts';
import { bytesIn } from '../../disk/positional-file.ts';
import { parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { canGrubSave } from '../../disk/grub-environment-lines.ts';
import { decideSlot } from '../../disk/grub-environment-decision.ts';
import { slotEnvironmentOf } from '../../disk/grub-environment-slots.ts';
import { openBootPartition, type BootPartition } from './boot-partition.ts';
import { identifyFileSystem } from './identify-file-system.ts';
import type { BootReport, Finding, PartitionReport, SlotReport } from './image-report.ts';
import type { OpenedImage } from './open-image.ts';
import { grubFinding, observeGrub } from './observe-grub.ts';
import { observeSystem } from './observe-system.ts';
import {
  NO_SYSTEM,
  type InspectContext,
  type ObservedImage,
  type ObservedSystem,
} from './observed-image.ts';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import { checkPartitionTable, type PartitionTable } from './partition-table.ts';

/** Contract section 1: BOOT is partition 1, the roots are 2 and 3. GRUB knows them by these numbers too. */
const BOOT_NUMBER = 1;
const SLOTS = [
  { slot: 'A', number: 2 },
  { slot: 'B', number: 3 },
] as const;

export interface DiskRequest {
  readonly path: string;
  readonly image: OpenedImage;
  readonly table: PartitionTable;
}

export async function inspectDisk(
  { path, image, table }: DiskRequest,
  context: InspectContext,
): Promise<ObservedImage> {
  const { raw, format } = image;
  const partitions = await partitionsOf(raw, table, context);
  const bootFiles = await bootFilesOf(raw, partitions, context);
  const boot = bootFiles === null ? null : await bootReport(bootFiles);
  const slots: SlotObservation[] = [];
  if (bootFiles !== null && boot !== null) {
    for (const { slot, number } of SLOTS) {
      const partition = partitions.find((candidate) => candidate.number === number);
      if (partition === undefined) continue;
      slots.push(await observeSlot({ slot, partition, raw, bootFiles }, context));
    }
  }
  return {
    report: {
      ...{ kind: 'disk', path, format, partitions, boot },
      size: await bytesIn(await stat(raw)),
      diskGuid: table.diskGuid,
      slots: slots.map(({ report }) => report),
      findings: [
        await checkPartitionTable(raw, context.commands),
        ...bootFindings(boot),
        ...credentialFindings(boot?.files ?? []),
        ...slots.flatMap(({ findings }) => findings),
      ],
    },
    system: slots.find(({ report }) => report.slot === boot?.next)?.system ?? NO_SYSTEM,
  };
}

async function partitionsOf(
  raw: string,
  table: PartitionTable,
  { commands }: InspectContext,
): Promise<PartitionReport[]> {
  const partitions: PartitionReport[] = [];
  for (const entry of table.partitions) {
    const region = { file: raw, offset: entry.start, size: entry.size };
    partitions.push({ ...entry, fileSystem: await identifyFileSystem(region, commands) });
  }
  return partitions;
}

async function bootFilesOf(
  raw: string,
  partitions: readonly PartitionReport[],
  { scratch, commands }: InspectContext,
): Promise<BootPartition | null> {
  const boot = partitions.find(({ number }) => number === BOOT_NUMBER);
  if (boot?.fileSystem?.type !== 'vfat') return null;
  return await openBootPartition(
    { file: raw, offset: boot.start, size: boot.size },
    scratch,
    commands,
  );
}

/** null: a disk of some other system, which is no fault. */
async function bootReport(bootFiles: BootPartition): Promise<BootReport | null> {
  const block = await bootFiles.read('kubeos/grubenv');
  if (block === undefined) return null;
  const parsed = parseGrubEnvironment(block);
  const slots = slotEnvironmentOf(parsed.variables);
  const { kind } = parsed;
  return {
    environment: kind === 'intact' ? { kind, slots } : { kind, reason: parsed.reason, slots },
    next: decideSlot(slots, canGrubSave(block))[0]?.slot ?? 'A',
    files: bootFiles.files,
    grub: await observeGrub(bootFiles),
  };
}

function bootFindings(boot: BootReport | null): readonly Finding[] {
  const subject = 'GRUB environment';
  if (boot === null) return [{ level: 'note', subject, text: 'none: this is no disk of kubeos' }];
  if (boot.environment.kind === 'damaged') {
    const text = `${boot.environment.reason}; GRUB will try slot ${boot.next} first`;
    return [grubFinding(boot.grub), { level: 'fault', subject, text }];
  }
  const text = `slot ${boot.next} is tried first`;
  return [grubFinding(boot.grub), { level: 'ok', subject, text }];
}

/** Whoever gives such an image away gives them away, too. */
function credentialFindings(files: readonly string[]): readonly Finding[] {
  const folder = `${CREDENTIALS_FOLDER}/`;
  const names = files.filter((file) => file.startsWith(folder));
  if (names.length === 0) return [];
  const text = `of one node: ${names.map((name) => name.slice(folder.length)).join(', ')}`;
  return [{ level: 'note', subject: 'credentials on BOOT', text }];
}

interface SlotPlace {
  readonly slot: 'A' | 'B';
  readonly partition: PartitionReport;
  readonly raw: string;
  readonly bootFiles: BootPartition;
}

interface SlotObservation {
  readonly report: SlotReport;
  readonly system: ObservedSystem;
  readonly findings: readonly Finding[];
}

async function observeSlot(place: SlotPlace, context: InspectContext): Promise<SlotObservation> {
  const { slot, partition, raw, bootFiles } = place;
  const subject = `slot ${slot}`;
  const configuration = await bootFiles.read(`kubeos/slot-${slot}.cfg`);
  const sums = await bootFiles.read(`kubeos/slot-${slot}.sum`);
  const release = parseSlotConfiguration(configuration?.toString('latin1') ?? '');
  const report = { slot, partition: partition.number, release };
  const { fileSystem } = partition;
  if (fileSystem === null) {
    const text = 'its configuration names a release, but its partition holds no file system';
    const findings = release === null ? [] : [{ level: 'fault', subject, text } as const];
    const empty = { ...report, imageSize: null, root: null, verity: null };
    return { report: empty, system: NO_SYSTEM, findings };
  }
  const region = { file: raw, offset: partition.start, size: partition.size };
  const { system, verity, findings } = await observeSystem(
    {
      ...{ ...region, fileSystem, release, subject, isPartition: true },
      sums: sums?.toString('latin1') ?? null,
    },
    context,
  );
  const { root, imageSize } = system;
  return { report: { ...report, imageSize, root, verity }, system, findings };
}
