import { NODE_ARGUMENTS_BYTES, parseNodeArguments } from '../../disk/node-arguments.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';
import type { NodeDevices } from './find-node-disk.ts';

/**
 * Kernel arguments of this node for the slot that runs, which GRUB leaves out. In the boot that tries them they have none of
 * their tries left, too, and are not given up yet.
 */
export async function droppedArguments(
  sector: PositionalFile | null,
  { booted, triesArguments }: Pick<NodeDevices, 'booted' | 'triesArguments'>,
): Promise<readonly string[]> {
  if (sector === null || triesArguments) return [];
  const bytes = Buffer.alloc(NODE_ARGUMENTS_BYTES);
  try {
    await sector.read(bytes, 0);
  } catch {
    // A sector that cannot be read is no reason to say nothing of this node, or not to commit.
    return [];
  }
  const { words, left } = parseNodeArguments(bytes)[booted];
  return left === 0 ? words : [];
}
