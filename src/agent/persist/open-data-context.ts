import { mkdir } from 'node:fs/promises';
import { GRUB_ENVIRONMENT_BYTES, parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf, type Slot } from '../../disk/grub-environment-slots.ts';
import { findInFat } from '../../disk/fat-extent.ts';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import { openPositional, type PositionalFile } from '../../disk/positional-file.ts';
import type { RecordedRelease } from '../../disk/slot-records.ts';
import { KubeosError } from '../../errors.ts';
import { readCommand } from '../command-runner.ts';
import { persistCheck } from '../health/persist-checks.ts';
import { findNodeDisk, type KernelFiles } from '../node/find-node-disk.ts';
import { makeRecordFile } from '../node/open-node-disk.ts';
import { recordedFrom } from '../node/read-found-node.ts';
import { otherSlot } from '../slots/node-state.ts';
import type { DataContext, OtherRelease } from './data-context.ts';
import { realDataFiles } from './data-files.ts';
import type { DataPlaces } from './kept-data.ts';
import { imageHooks } from './image-hooks.ts';
import { readStateRules, versionsOf } from './state-rules.ts';

/** Where things are on a node. */
export interface NodeDataPlaces extends KernelFiles, DataPlaces {
  /** Of the initramfs: how PERSIST was mounted. */
  readonly persistState: string;
  readonly journal: string;
  /** Of the image. */
  readonly rules: string;
  /** Of the image: `forward/N` and `back/N`. */
  readonly hooks: string;
}

/**
 * What is needed to bring data and release together, read from the disk that this node booted from.
 *
 * @throws KubeosError HOST_NOT_READY where PERSIST cannot be written, or the running slot does not say what it holds
 */
export async function openDataContext(
  places: NodeDataPlaces,
): Promise<DataContext & AsyncDisposable> {
  const { isGood, message } = await persistCheck(places);
  if (!isGood) throw unusable(`${message}: the data stays as it is`);
  const { booted, isTrial, configured, isOtherCommitted } = await readSlots(places);
  const running = configured[booted];
  if (running === null) throw unusable(`slot ${booted} does not say which release it holds`);
  const rules = await readStateRules(places.rules);
  const { digest, version, epoch } = running;
  const { dataEpoch } = rules;
  await mkdir(places.kept, { recursive: true, mode: 0o700 });
  await makeRecordFile(places.journal);
  const journal = await openPositional(places.journal, { isWritable: true });
  return {
    ...{ files: realDataFiles(readCommand), places, journal, rules, isTrial },
    running: { digest, version, epoch, dataEpoch, items: versionsOf(rules) },
    other: otherRelease(configured[otherSlot(booted)], isOtherCommitted),
    hooks: imageHooks(places.hooks),
    now: () => new Date(),
    [Symbol.asyncDispose]: async () => await journal[Symbol.asyncDispose](),
  };
}

function otherRelease(release: RecordedRelease | null, isCommitted: boolean): OtherRelease | null {
  if (release === null) return null;
  return { digest: release.digest, dataEpoch: release.dataEpoch ?? 0, isCommitted };
}

interface FoundSlots {
  readonly booted: Slot;
  readonly isTrial: boolean;
  readonly isOtherCommitted: boolean;
  readonly configured: Readonly<Record<Slot, RecordedRelease | null>>;
}

/** Only read: the agent may hold BOOT. */
async function readSlots(places: KernelFiles): Promise<FoundSlots> {
  const { booted, boot: device } = await findNodeDisk(places);
  await using boot = await openPositional(device);
  const block = await contentOf(boot, 'kubeos/grubenv');
  const { variables } = parseGrubEnvironment(block.subarray(0, GRUB_ENVIRONMENT_BYTES));
  const slots = slotEnvironmentOf(variables);
  return {
    booted,
    isTrial: !slots[booted].ok,
    isOtherCommitted: slots[otherSlot(booted)].ok,
    configured: { A: await configuredIn(boot, 'A'), B: await configuredIn(boot, 'B') },
  };
}

async function configuredIn(boot: PositionalFile, slot: Slot): Promise<RecordedRelease | null> {
  const text = (await contentOf(boot, `kubeos/slot-${slot}.cfg`)).toString('latin1');
  const found = parseSlotConfiguration(text);
  return found === null ? null : recordedFrom(found);
}

async function contentOf(boot: PositionalFile, name: string): Promise<Buffer> {
  const { offset, length } = await findInFat(boot, name);
  const bytes = Buffer.alloc(length);
  await boot.read(bytes, offset);
  return bytes;
}

function unusable(message: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', message, { hint: 'kubeos-agent status says more' });
}
