import { GRUB_ENVIRONMENT_BYTES, parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf, type Slot } from '../../disk/grub-environment-slots.ts';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import { openPositional } from '../../disk/positional-file.ts';
import { readSlotRecords } from '../../disk/slot-record-file.ts';
import { SLOT_CONFIGURATION_BYTES } from '../../disk/slot-files.ts';
import type { BootFiles } from '../node/boot-files.ts';
import { bad, failed, good, note, type Finding } from './finding.ts';

const REBUILD = 'bring the node back with `kubeos-agent install`, or with a fresh image';

/** What GRUB reads at the next boot. */
export async function examineBoot(boot: BootFiles): Promise<readonly Finding[]> {
  const bytes = Buffer.alloc(GRUB_ENVIRONMENT_BYTES);
  await boot.environment.read(bytes, 0);
  const environment = parseGrubEnvironment(bytes);
  const { order } = slotEnvironmentOf(environment.variables);
  const block =
    environment.kind === 'intact'
      ? good('GRUB environment block', `intact; order ${order}`)
      : bad(
          'GRUB environment block',
          `${environment.kind}: GRUB tries both slots`,
          'the agent mends it at its next operation: kubeos-agent commit',
        );
  return [block, await examineSlot(boot, 'A'), await examineSlot(boot, 'B')];
}

async function examineSlot({ slotFiles }: BootFiles, slot: Slot): Promise<Finding> {
  const bytes = Buffer.alloc(SLOT_CONFIGURATION_BYTES);
  await slotFiles[slot].configuration.read(bytes, 0);
  const configured = parseSlotConfiguration(bytes.toString('latin1'));
  if (configured === null) return note(`slot ${slot}`, 'is empty: there is no way back to it');
  return good(`slot ${slot}`, `${configured.version}, ${configured.release}`);
}

/** What the agent knows of the slots, and would lose with PERSIST. */
export async function examineRecords(files: readonly string[]): Promise<readonly Finding[]> {
  const subject = 'slot records';
  for (const [index, file] of files.entries()) {
    try {
      await using opened = await openPositional(file);
      const records = await readSlotRecords(opened);
      if (records === null) return [bad(subject, `${file}: neither copy is readable`, LOST)];
      if (index === 0) return [good(subject, file)];
      return [bad(subject, `${file}: they last until the next start`, PERSIST)];
    } catch (error) {
      if (index === files.length - 1) return [failed(subject, error, LOST)];
    }
  }
  return [];
}

const LOST = 'systemctl restart kubeos-agent: it makes them again from what is on the disk';
const PERSIST = 'see to PERSIST: journalctl -b -k says why it cannot be written';

export const noDisk = (error: unknown): Finding => failed('disk', error, REBUILD);
