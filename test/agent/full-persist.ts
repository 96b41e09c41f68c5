import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commands } from '../boot/testbed.ts';

/** What a PERSIST has none left of. */
export type Scarce = 'room' | 'files';

export interface FullPersist extends AsyncDisposable {
  /** Takes the last of it. */
  fill(): Promise<void>;
  /** Writes one thing more: fails while it is full. */
  more(): Promise<void>;
}

const MIB = 2 ** 20;

/** Mounts a small ext4 like PERSIST's (needs root). */
export async function mountSmallPersist(place: string, scarce: Scarce): Promise<FullPersist> {
  const image = `${place}.ext4`;
  await mkdir(place, { recursive: true });
  await writeFile(image, '');
  await truncate(image, 16 * MIB);
  // No block is kept for root.
  const inodes = scarce === 'files' ? ['-N', '64'] : [];
  await commands.run({ tool: 'mke2fs', args: ['-q', '-t', 'ext4', '-m', '0', ...inodes, image] });
  await commands.run({ tool: 'mount', args: ['-o', 'loop', image, place] });
  const filling = path.join(place, 'filling');
  return {
    fill: async () => {
      await mkdir(filling, { recursive: true });
      await (scarce === 'files' ? makeFiles(filling) : writeBytes(path.join(filling, 'bytes')));
    },
    more: async () => await writeFile(path.join(place, 'more'), 'x', { flush: true }),
    [Symbol.asyncDispose]: async () => {
      await commands.run({ tool: 'umount', args: [place] });
    },
  };
}

async function makeFiles(directory: string): Promise<void> {
  await untilFull(async (count) => await writeFile(path.join(directory, String(count)), ''));
}

/** Large pieces, then small ones. */
async function writeBytes(file: string): Promise<void> {
  await using handle = await open(file, 'a');
  for (const bytes of [MIB, 4096, 1]) {
    const piece = Buffer.alloc(bytes, 'x');
    await untilFull(async () => {
      const { bytesWritten } = await handle.write(piece);
      if (bytesWritten < bytes) throw Object.assign(new Error('short'), { code: 'ENOSPC' });
      await handle.sync();
    });
  }
}

async function untilFull(add: (count: number) => Promise<void>): Promise<void> {
  for (let count = 0; ; count += 1) {
    try {
      await add(count);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}
