import { findInFat } from '../../src/disk/fat-extent.ts';
import { decideSlot, type BootAttempt } from '../../src/disk/grub-environment-decision.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../../src/disk/grub-environment.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type Slot,
  type SlotEnvironment,
} from '../../src/disk/grub-environment-slots.ts';
import { parseSlotConfiguration } from '../../src/disk/parse-slot-configuration.ts';
import { partOf, type OpenedFile } from '../../src/disk/positional-file.ts';

/** What GRUB reads and writes on BOOT. Names are those of the folder `kubeos`. */
export interface BootFiles {
  read(name: string): Promise<Buffer>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  slots(): Promise<SlotEnvironment>;
  /** What a slot's configuration names, and all of its files. */
  files(slot: Slot): Promise<{ readonly release: string | undefined; readonly bytes: Buffer }>;
  /** As GRUB decides; a try is counted. A slot without a release is refused. */
  choose(): Promise<BootAttempt>;
}

/** @param open BOOT, each time anew */
export function bootFilesOn(open: (isWritable: boolean) => Promise<OpenedFile>): BootFiles {
  const openFile = async (name: string, isWritable = false) => {
    const boot = await open(isWritable);
    const { offset, length } = await findInFat(boot, `kubeos/${name}`);
    const part = partOf(boot, offset, length);
    return { ...part, [Symbol.asyncDispose]: async () => await boot[Symbol.asyncDispose]() };
  };
  const read: BootFiles['read'] = async (name) => {
    await using file = await openFile(name);
    const bytes = Buffer.alloc(file.size);
    await file.read(bytes, 0);
    return bytes;
  };
  const write: BootFiles['write'] = async (name, bytes) => {
    await using file = await openFile(name, true);
    await file.write(bytes, 0);
  };
  const slots = async (): Promise<SlotEnvironment> =>
    slotEnvironmentOf(parseGrubEnvironment(await read('grubenv')).variables);
  const files: BootFiles['files'] = async (slot) => {
    const bytes = Buffer.concat([await read(`slot-${slot}.cfg`), await read(`slot-${slot}.sum`)]);
    return { release: parseSlotConfiguration(bytes.toString('latin1'))?.release, bytes };
  };
  const count = async (slot: Slot, tries: SlotEnvironment[Slot]['tries']): Promise<void> => {
    const counted = { ...(await slots()), [slot]: { ok: false, tries } };
    await write('grubenv', serialiseGrubEnvironment(grubVariablesOf(counted)));
  };
  const choose: BootFiles['choose'] = async () => {
    for (const attempt of decideSlot(await slots())) {
      if (attempt.kind === 'trial') await count(attempt.slot, attempt.triesLeft);
      if ((await files(attempt.slot)).release !== undefined) return attempt;
    }
    throw new Error('GRUB finds no slot');
  };
  return { read, write, slots, files, choose };
}
