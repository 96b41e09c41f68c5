import { access, constants } from 'node:fs/promises';
import { KubeosError } from '../../src/errors.ts';
import { commands } from '../boot/testbed.ts';

/** Why host nodes cannot run here; null where they can. */
export async function whyNoHostNodes(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'only root may mount an image and make network namespaces';
  if (!(await isWritable('/dev/loop-control')))
    return 'there are no loop devices (/dev/loop-control)';
  const script = new URL('host-node/try.sh', import.meta.url).pathname;
  try {
    await commands.run({ tool: 'sh', args: [script] });
    return null;
  } catch (error) {
    if (error instanceof KubeosError) return error.message;
    throw error;
  }
}

async function isWritable(file: string): Promise<boolean> {
  return await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}
