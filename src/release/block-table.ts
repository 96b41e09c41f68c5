import { KubeosError } from '../errors.ts';

/** Raw bytes of a block: one frame of image.zst, one entry of image.blocks. The last block of an image is shorter. */
export const BLOCK_BYTES = 2 ** 20;

/** No frame is longer: zstd gives up on what does not shrink, with three bytes for each 128 KiB (RFC 8878, 3.1.1.2). */
export const MAX_FRAME_BYTES = BLOCK_BYTES + 2 ** 12;

const MAGIC = 0x314b_424b; // "KBK1", read as a little-endian number
const VERSION = 1;
const HEADER_BYTES = 48;
const ENTRY_BYTES = 36;

export interface Block {
  /** Bytes of its frame in image.zst. */
  readonly frameBytes: number;
  /** SHA-256 of its raw bytes, 32 bytes. */
  readonly sha256: Uint8Array;
}

/** `image.blocks` of a release (contract section 4): to verify before writing, to resume, to read back, to find a frame. */
export interface BlockTable {
  /** Bytes of the root image. */
  readonly imageBytes: number;
  /** SHA-256 of the root image, 32 bytes. */
  readonly imageSha256: Uint8Array;
  readonly blocks: readonly Block[];
}

/** What the manifest says, and the table has to agree with. */
export interface ExpectedTable {
  readonly imageBytes: number;
  /** Lower-case hex. */
  readonly imageSha256: string;
  /** Bytes of image.zst. */
  readonly compressedBytes: number;
}

export const blockCount = (imageBytes: number): number => Math.ceil(imageBytes / BLOCK_BYTES);

/** Raw bytes of the block with this index. */
export function blockBytes(imageBytes: number, index: number): number {
  return Math.min(BLOCK_BYTES, imageBytes - index * BLOCK_BYTES);
}

/** Bytes of the table for an image of that size. */
export function tableBytes(imageBytes: number): number {
  return HEADER_BYTES + ENTRY_BYTES * blockCount(imageBytes);
}

/** Little-endian: magic, version (u32 each), image bytes (u64), image SHA-256; for each block the frame's bytes (u32) and SHA-256. */
export function encodeBlockTable(table: BlockTable): Buffer {
  const bytes = Buffer.alloc(tableBytes(table.imageBytes));
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeBigUInt64LE(BigInt(table.imageBytes), 8);
  bytes.set(table.imageSha256, 16);
  table.blocks.forEach(({ frameBytes, sha256 }, index) => {
    bytes.writeUInt32LE(frameBytes, HEADER_BYTES + ENTRY_BYTES * index);
    bytes.set(sha256, HEADER_BYTES + ENTRY_BYTES * index + 4);
  });
  return bytes;
}

/**
 * Reads a table and believes nothing that the manifest does not say too.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export function decodeBlockTable(bytes: Uint8Array, expected: ExpectedTable): BlockTable {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { imageBytes, imageSha256 } = expected;
  if (view.length !== tableBytes(imageBytes)) {
    throw invalid(`is ${view.length} bytes long, expected ${tableBytes(imageBytes)}`);
  }
  if (view.readUInt32LE(0) !== MAGIC) throw invalid('does not begin with "KBK1"');
  const version = view.readUInt32LE(4);
  if (version !== VERSION) throw invalid(`has version ${version}, this kubeos reads ${VERSION}`);
  if (view.readBigUInt64LE(8) !== BigInt(imageBytes))
    throw invalid('is of an image of another size');
  if (view.toString('hex', 16, 48) !== imageSha256) throw invalid('is of another image');
  const blocks = Array.from({ length: blockCount(imageBytes) }, (_, index) => entry(view, index));
  const sum = blocks.reduce((total, { frameBytes }) => total + frameBytes, 0);
  if (sum !== expected.compressedBytes) {
    throw invalid(`adds up to ${sum} bytes of image.zst, expected ${expected.compressedBytes}`);
  }
  return { imageBytes, imageSha256: view.subarray(16, 48), blocks };
}

function entry(view: Buffer, index: number): Block {
  const start = HEADER_BYTES + ENTRY_BYTES * index;
  const frameBytes = view.readUInt32LE(start);
  if (frameBytes === 0 || frameBytes > MAX_FRAME_BYTES) {
    throw invalid(`gives block ${index} a frame of ${frameBytes} bytes`);
  }
  return { frameBytes, sha256: view.subarray(start + 4, start + ENTRY_BYTES) };
}

function invalid(why: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `image.blocks ${why}`, {
    hint: 'fetch the release again; if it stays, it was damaged before it was signed',
  });
}
