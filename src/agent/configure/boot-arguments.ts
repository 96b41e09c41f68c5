import type { Slot } from '../../disk/grub-environment-slots.ts';
import {
  NODE_ARGUMENTS_BYTES,
  parseNodeArguments,
  serialiseNodeArguments,
  type NodeArguments,
} from '../../disk/node-arguments.ts';
import { openPositional, type PositionalFile } from '../../disk/positional-file.ts';
import { findArgumentsSector } from '../node/arguments-sector.ts';
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
  const sector = await findArgumentsSector(boot);
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
