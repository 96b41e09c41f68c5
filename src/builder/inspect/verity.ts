import { createHash } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import { copyRange } from './copy-range.ts';
import type { Region } from './identify-file-system.ts';
import { openImageBytes } from './image-bytes.ts';
import type { VerityReport } from './image-report.ts';

export interface VeritySuperblock {
  readonly algorithm: string;
  readonly dataBlocks: number;
  readonly dataBlockSize: number;
  readonly hashBlockSize: number;
  readonly salt: Buffer;
}

const SUPERBLOCK_BYTES = 512;
const SIGNATURE = 'verity\0\0';

/**
 * The dm-verity superblock that cryptsetup writes before a hash tree
 * (cryptsetup wiki, DMVerity, "Verity superblock format").
 *
 * @returns undefined where there is none
 */
export function parseVeritySuperblock(bytes: Buffer): VeritySuperblock | undefined {
  if (bytes.length < SUPERBLOCK_BYTES || !bytes.toString('latin1', 0, 8).startsWith(SIGNATURE)) {
    return undefined;
  }
  const saltSize = bytes.readUInt16LE(80);
  const [dataBlockSize, hashBlockSize] = [bytes.readUInt32LE(64), bytes.readUInt32LE(68)];
  // Those that the kernel takes; a tree of smaller hash blocks would never come to its top.
  if (hashBlockSize < 512 || hashBlockSize > 65_536) return undefined;
  return {
    algorithm: bytes.toString('latin1', 32, 64).replace(/\0.*$/s, ''),
    dataBlockSize,
    hashBlockSize,
    dataBlocks: Number(bytes.readBigUInt64LE(72)),
    salt: bytes.subarray(88, 88 + Math.min(saltSize, 256)),
  };
}

export interface VerityPlace extends Region {
  /** Bytes from the start of the region, which is the root image or its partition. */
  readonly hashOffset: number;
}

/**
 * Checks every block of a root image against the hash tree behind it.
 *
 * @param scratch folder for a copy of the region, unless it is a whole file
 * @returns null where no hash tree begins at that place
 */
export async function checkVerity(
  place: VerityPlace,
  scratch: string,
  commands: Commands,
): Promise<VerityReport | null> {
  const found = await readTop(place);
  if (found === undefined) return null;
  const { superblock, rootHash } = found;
  await using folder = await mkdtempDisposable(path.join(scratch, 'verity-'));
  // veritysetup knows no offset of the data.
  const image = place.offset === 0 ? place.file : path.join(folder.path, 'root.img');
  if (place.offset !== 0) await copyRange(place, image);
  const result = await commands.run({
    tool: 'veritysetup',
    args: ['verify', `--hash-offset=${place.hashOffset}`, image, image, rootHash],
    // 1 for a wrong root hash, 2 for a wrong block (seen with cryptsetup 2.6).
    successCodes: [0, 1, 2],
  });
  return {
    rootHash,
    salt: superblock.salt.toString('hex'),
    hashOffset: place.hashOffset,
    treeSize: treeSizeOf(superblock),
    damage: result.exitCode === 0 ? null : firstLine(result.stderr + result.stdout),
  };
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** The root hash is that of the tree's topmost block, which stands first behind the superblock. */
async function readTop({
  file,
  offset,
  hashOffset,
}: VerityPlace): Promise<{ superblock: VeritySuperblock; rootHash: string } | undefined> {
  await using bytes = await openImageBytes(file, offset + hashOffset);
  if (bytes.size < SUPERBLOCK_BYTES) return undefined;
  const superblock = parseVeritySuperblock(await bytes.read(0, SUPERBLOCK_BYTES));
  if (superblock === undefined || superblock.algorithm !== 'sha256') return undefined;
  const { hashBlockSize, salt } = superblock;
  if (bytes.size < 2 * hashBlockSize) return undefined;
  const top = await bytes.read(hashBlockSize, hashBlockSize);
  return { superblock, rootHash: createHash('sha256').update(salt).update(top).digest('hex') };
}

const SHA256_BYTES = 32;

/** Superblock and all levels of the tree, each as many blocks as hold the hashes of the one below. */
function treeSizeOf({ dataBlocks, hashBlockSize }: VeritySuperblock): number {
  const hashesPerBlock = hashBlockSize / SHA256_BYTES;
  let blocks = 1;
  for (let level = dataBlocks; level > 1;) {
    level = Math.ceil(level / hashesPerBlock);
    blocks += level;
  }
  return blocks * hashBlockSize;
}
