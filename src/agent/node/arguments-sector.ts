import { findInFat } from '../../disk/fat-extent.ts';
import { NODE_ARGUMENTS_BYTES, NODE_ARGUMENTS_FILE } from '../../disk/node-arguments.ts';
import { partOf, type PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';

/** Where the kernel arguments of this node are on BOOT. @throws KubeosError HOST_NOT_READY */
export async function findArgumentsSector(boot: PositionalFile): Promise<PositionalFile> {
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
