import { open } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { MIB } from '../../disk/layout.ts';

/**
 * Compares a file with what stands in another from an offset (bytes) on.
 *
 * @throws KubeosError BUILD_CHECK_FAILED with the first block that differs
 */
export async function compareAt(
  source: string,
  target: string,
  offsetBytes: number,
): Promise<void> {
  await using from = await open(source, 'r');
  await using to = await open(target, 'r');
  const expected = Buffer.alloc(MIB);
  const found = Buffer.alloc(MIB);
  for (let position = 0; ;) {
    const { bytesRead } = await from.read(expected, 0, MIB, position);
    if (bytesRead === 0) return;
    await to.read(found, 0, bytesRead, offsetBytes + position);
    if (expected.compare(found, 0, bytesRead, 0, bytesRead) !== 0) {
      throw new KubeosError(
        'BUILD_CHECK_FAILED',
        `${target} differs from ${source} between bytes ${position} and ${position + bytesRead} of it`,
        { hint: 'check the disk below the output folder, then build again' },
      );
    }
    position += bytesRead;
  }
}
