import { open } from 'node:fs/promises';
import { MIB } from '../../disk/layout.ts';
import { isZero, writeAll } from '../../disk/write-at.ts';

export interface FileRange {
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}

/** Copies a part of a file, a partition for example, into a file of its own; zeros become holes. */
export async function copyRange(range: FileRange, destination: string): Promise<void> {
  await using from = await open(range.file, 'r');
  await using to = await open(destination, 'wx');
  await to.truncate(range.size);
  const buffer = Buffer.alloc(MIB);
  for (let done = 0; done < range.size;) {
    const wanted = Math.min(MIB, range.size - done);
    const { bytesRead } = await from.read(buffer, 0, wanted, range.offset + done);
    if (bytesRead === 0) return;
    const block = buffer.subarray(0, bytesRead);
    if (!isZero(block)) await writeAll(to, block, done);
    done += bytesRead;
  }
}
