import { open } from 'node:fs/promises';
import { GRUB_ENVIRONMENT_BYTES } from './grub-environment.ts';
import { writeAll } from './write-at.ts';

/** Where a block lies: in a file of its own, or `offset` bytes into a disk or its image. */
export interface GrubEnvironmentPlace {
  readonly file: string;
  readonly offset?: number;
}

/**
 * Writes the block over the old one and waits until the disk has it. The file is never truncated, replaced or
 * created: GRUB writes to the sectors that it occupies, and a cut in the middle must leave the old variables.
 */
export async function writeGrubEnvironment(
  { file, offset = 0 }: GrubEnvironmentPlace,
  block: Uint8Array,
): Promise<void> {
  await using handle = await open(file, 'r+');
  await writeAll(handle, block, offset);
  await handle.sync();
}

/** The bytes at that place, for `parseGrubEnvironment`; fewer where the file ends early. */
export async function readGrubEnvironment({
  file,
  offset = 0,
}: GrubEnvironmentPlace): Promise<Uint8Array> {
  await using handle = await open(file, 'r');
  const block = Buffer.alloc(GRUB_ENVIRONMENT_BYTES);
  const { bytesRead } = await handle.read(block, 0, block.length, offset);
  return block.subarray(0, bytesRead);
}
