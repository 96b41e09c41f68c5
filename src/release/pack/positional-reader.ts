import type { FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';

/** Fills all of `target` with what lies at a position (bytes), or throws. */
export type PositionalReader = (target: Uint8Array, position: number) => Promise<void>;

/** Reads a file or block device by position; what ends early is not what its size promised. */
export function positionalReader(file: FileHandle): PositionalReader {
  return async (target, position) => {
    for (let done = 0; done < target.length;) {
      const { bytesRead } = await file.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) {
        throw new KubeosError('RELEASE_INVALID', `an image ends at byte ${position + done}`);
      }
      done += bytesRead;
    }
  };
}
