import { findInFat } from '../../disk/fat-extent.ts';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import {
  NODE_ARGUMENTS_BYTES,
  NODE_ARGUMENTS_FILE,
  parseNodeArguments,
  serialiseNodeArguments,
  type NodeArguments,
} from '../../disk/node-arguments.ts';
import { openPositional, partOf, type PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import { findNodeDisk, type KernelFiles } from '../node/find-node-disk.ts';

/** The kernel arguments of this node, in their sector on BOOT. */
export interface BootArguments {
  readonly booted: Slot;
  read(): Promise<NodeArguments>;
  /** In place and to the disk; of one sector, so it is whole whatever happens. */
  write(wanted: NodeArguments): Promise<void>;
}

/** @throws KubeosError HOST_NOT_READY on a node without a disk of ours, or whose disk was made before there were any */
export async function openBootArguments(
  files: KernelFiles,
): Promise<BootArguments & AsyncDisposable> {
  const { boot: partition, booted } = await findNodeDisk(files);
  await using stack = new AsyncDisposableStack();
  const boot = stack.use(await openPositional(partition, { isWritable: true }));
  const sector = await findSector(boot);
  const held = stack.move();
  return {
    ...bootArguments(sector, booted),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

export function bootArguments(sector: PositionalFile, booted: Slot): BootArguments {
  return {
    booted,
    read: async () => {
      const bytes = Buffer.alloc(NODE_ARGUMENTS_BYTES);
      await sector.read(bytes, 0);
      return parseNodeArguments(bytes);
    },
    write: async (wanted) => {
      await sector.write(serialiseNodeArguments(wanted), 0);
      await sector.flush();
    },
  };
}

/** @throws KubeosError HOST_NOT_READY */
export async function findSector(boot: PositionalFile): Promise<PositionalFile> {
  try {
    const { offset, length } = await findInFat(boot, NODE_ARGUMENTS_FILE);
    if (length === NODE_ARGUMENTS_BYTES) return partOf(boot, offset, length);
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
  }
  throw new KubeosError('HOST_NOT_READY', 'BOOT has no room for kernel arguments of this node', {
    hint: 'its disk was made by an older kubeos: set them in the image, under kernelArguments',
  });
}
