import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { constants, createZstdCompress } from 'node:zlib';
import { z } from 'zod';
import { readPartitionTable } from '../src/builder/inspect/partition-table.ts';
import { hostCommands } from '../src/host/run-commands.ts';

/** Bytes. */
export interface RootSizes {
  /** The root image as it is written to a partition. */
  readonly written: number;
  /** The same, compressed by zstd at level 3. */
  readonly zstd: number;
}

const manifest = z.object({ image: z.object({ size: z.int() }) });

/** kubeos's root image, which fills only the start of its partition: file system and verity tree. */
export async function kubeosRootSizes(disk: string): Promise<RootSizes> {
  const file = path.join(path.dirname(disk), 'release/manifest.json');
  const { image } = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  return await sizesOf({ disk, partition: 2, size: image.size });
}

/** mkosi makes the partition as large as the file system. */
export async function mkosiRootSizes(disk: string): Promise<RootSizes> {
  return await sizesOf({ disk, partition: 1 });
}

interface Place {
  readonly disk: string;
  readonly partition: number;
  /** Default: all of the partition. */
  readonly size?: number;
}

async function sizesOf({ disk, partition, size }: Place): Promise<RootSizes> {
  const { signal } = new AbortController();
  const table = await readPartitionTable(disk, hostCommands({ signal }));
  const entry = table?.partitions.find(({ number }) => number === partition);
  if (entry === undefined) throw new Error(`${disk} has no partition ${partition}`);
  const written = size ?? entry.size;
  const end = entry.start + written - 1;
  const compressor = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  let zstd = 0;
  for await (const chunk of createReadStream(disk, { start: entry.start, end }).pipe(compressor)) {
    if (chunk instanceof Uint8Array) zstd += chunk.byteLength;
  }
  return { written, zstd };
}
