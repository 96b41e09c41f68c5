import { createHash } from 'node:crypto';
import type { NodeDisk } from '../node/node-disk.ts';

/** Hex SHA-256 of so many bytes of the standby slot, as they are stored. */
export async function storedSum(disk: NodeDisk, bytes: number): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of disk.readBack(bytes)) sum.update(chunk);
  return sum.digest('hex');
}
