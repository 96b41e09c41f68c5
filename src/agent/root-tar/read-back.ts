import { createHash, hash } from 'node:crypto';
import { MIB } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { WrittenImage } from './write-root-tar.ts';

/**
 * Reads the standby slot from the disk, and compares it with what was written.
 *
 * @returns hex SHA-256 of the whole image @throws KubeosError HOST_NOT_READY
 */
export async function readBack(disk: NodeDisk, { size, hashes }: WrittenImage): Promise<string> {
  const whole = createHash('sha256');
  let index = 0;
  for await (const chunk of disk.readBack(size)) {
    whole.update(chunk);
    for (let start = 0; start < chunk.length; start += MIB) {
      const stored = hash('sha256', chunk.subarray(start, start + MIB), 'buffer');
      if (!stored.equals(hashes[index] ?? Buffer.alloc(0))) throw notKept(index);
      index += 1;
    }
  }
  if (index === hashes.length) return whole.digest('hex');
  throw notKept(index);
}

function notKept(index: number): KubeosError {
  const message = `MiB ${index} of the standby slot does not read back as it was written`;
  return new KubeosError('HOST_NOT_READY', message, { hint: 'replace the disk of this node' });
}
