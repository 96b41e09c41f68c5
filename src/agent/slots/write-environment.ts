import {
  GRUB_ENVIRONMENT_BYTES,
  parseGrubEnvironment,
  serialiseGrubEnvironment,
} from '../../disk/grub-environment.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type SlotEnvironment,
} from '../../disk/grub-environment-slots.ts';
import { grubTryOf, tryVariablesOf, type GrubTry } from '../../disk/grub-try.ts';
import type { NodeDisk } from '../node/node-disk.ts';

/** What the block says, each part of it on its own. */
export interface EnvironmentChange {
  readonly slots?: SlotEnvironment;
  readonly grub?: GrubTry;
}

/** Writes the block in place, with what it says of the rest: one sector has all of it. On the disk when it returns. */
export async function writeEnvironment(
  { environment }: Pick<NodeDisk, 'environment'>,
  change: EnvironmentChange,
): Promise<void> {
  const stored = Buffer.alloc(GRUB_ENVIRONMENT_BYTES);
  await environment.read(stored, 0);
  const { variables } = parseGrubEnvironment(stored);
  const slots = change.slots ?? slotEnvironmentOf(variables);
  const grub = change.grub ?? grubTryOf(variables);
  const written = new Map([...grubVariablesOf(slots), ...tryVariablesOf(grub)]);
  await environment.write(serialiseGrubEnvironment(written), 0);
  await environment.flush();
}
