import { findInFat } from '../../disk/fat-extent.ts';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import { openPositional, partOf, type PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import { findArgumentsSector } from './arguments-sector.ts';
import type { NodeDisk, SlotFiles } from './node-disk.ts';

/** What GRUB reads of the BOOT partition. */
export interface BootFiles extends Pick<NodeDisk, 'environment' | 'slotFiles'> {
  /** Kernel arguments of this node; null on a disk that was made before there were any. */
  readonly nodeArguments: PositionalFile | null;
}

/** Finds the files once; they never move. @throws KubeosError HOST_NOT_READY when BOOT is not as it was made */
export async function findBootFiles(boot: PositionalFile): Promise<BootFiles> {
  return {
    environment: await bootFile(boot, 'kubeos/grubenv'),
    slotFiles: { A: await slotFiles(boot, 'A'), B: await slotFiles(boot, 'B') },
    nodeArguments: await findArgumentsSector(boot).catch(nullWhereMissing),
  };
}

/** To look at, while the agent holds it. */
export async function readBootFiles(partition: string): Promise<BootFiles & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const files = await findBootFiles(stack.use(await openPositional(partition)));
  const held = stack.move();
  return { ...files, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

async function slotFiles(boot: PositionalFile, slot: Slot): Promise<SlotFiles> {
  return {
    configuration: await bootFile(boot, `kubeos/slot-${slot}.cfg`),
    sums: await bootFile(boot, `kubeos/slot-${slot}.sum`),
  };
}

function nullWhereMissing(error: unknown): null {
  if (error instanceof KubeosError && error.code === 'HOST_NOT_READY') return null;
  throw error;
}

async function bootFile(boot: PositionalFile, name: string): Promise<PositionalFile> {
  const { offset, length } = await findInFat(boot, name);
  return partOf(boot, offset, length);
}
