import { GRUB_ENVIRONMENT_BYTES, parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf, type SlotEnvironment } from '../../disk/grub-environment-slots.ts';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';
import { readSlotRecords } from '../../disk/slot-record-file.ts';
import { recordedReleaseSchema, type RecordedRelease } from '../../disk/slot-records.ts';
import { SLOT_CONFIGURATION_BYTES, type SlotConfiguration } from '../../disk/slot-files.ts';
import type { FoundNode } from '../slots/node-state.ts';
import type { NodeDisk } from './node-disk.ts';

/** What tells one boot and one moment from another. */
export interface NodeClock {
  readonly bootId: string;
  readonly now: () => Date;
}

/** Reads everything that decides what this node is. Changes nothing. */
export async function readFoundNode(
  disk: NodeDisk,
  { bootId, now }: NodeClock,
): Promise<FoundNode & { readonly slots: SlotEnvironment }> {
  const environment = parseGrubEnvironment(await readAll(disk.environment, GRUB_ENVIRONMENT_BYTES));
  const configured = {
    A: await configuredIn(disk.slotFiles.A.configuration),
    B: await configuredIn(disk.slotFiles.B.configuration),
  };
  return {
    booted: disk.booted,
    bootId,
    now: now(),
    environment,
    slots: slotEnvironmentOf(environment.variables),
    records: await readSlotRecords(disk.records),
    configured,
  };
}

async function configuredIn(file: PositionalFile): Promise<RecordedRelease | null> {
  const text = (await readAll(file, SLOT_CONFIGURATION_BYTES)).toString('latin1');
  const found = parseSlotConfiguration(text);
  if (found === null) return null;
  return recordedFrom(found);
}

/** What a damaged file says could not be recorded: null. */
export function recordedFrom(found: SlotConfiguration): RecordedRelease | null {
  const { release: digest, version, epoch, securityFloor, dataEpoch, image, unsigned } = found;
  const said = recordedReleaseSchema.safeParse({
    ...{ digest, version, epoch, securityFloor, image },
    ...(dataEpoch !== undefined && { dataEpoch }),
    ...(unsigned === true && { unsigned }),
  });
  return said.success ? said.data : null;
}

async function readAll(file: PositionalFile, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  await file.read(buffer, 0);
  return buffer;
}
