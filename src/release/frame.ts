import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { promisify } from 'node:util';
import { KubeosError } from '../errors.ts';
import { BLOCK_BYTES } from './block-table.ts';
import { frameShape } from './frame-shape.ts';

const compress = promisify(zstdCompress);

/** The widest window that a frame may ask memory for: a block, or a block behind the dictionary of a delta. */
const MAX_WINDOW_BYTES = 2 * BLOCK_BYTES;

/** One zstd frame of its own (RFC 8878): its content's size is in it, a checksum is not, because a SHA-256 is pinned elsewhere. */
export async function compressFrame(
  raw: Uint8Array,
  level: number,
  dictionary?: Uint8Array,
): Promise<Buffer> {
  const frame = await compress(raw, {
    // Where the output fills its buffer to the last byte, Node asks for more, and zstd begins another, empty frame.
    chunkSize: longestFrame(raw.length) + 1,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
    pledgedSrcSize: raw.length,
    ...(dictionary === undefined ? {} : { dictionary }),
  });
  if (frameShape(frame)?.bytes === frame.length) return Buffer.from(frame);
  throw new KubeosError('INTERNAL', `zstd made no single frame of ${raw.length} bytes`);
}

/** ZSTD_compressBound (zstd.h): nothing becomes longer, whatever it is. */
function longestFrame(rawBytes: number): number {
  const small = 2 ** 17;
  return rawBytes + (rawBytes >> 8) + (rawBytes < small ? (small - rawBytes) >> 11 : 0);
}

/**
 * Decodes hostile bytes that should be one frame of `rawBytes`, at most a block: never more memory, never another
 * length, nothing before or after the frame.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export function decompressFrame(
  frame: Uint8Array,
  rawBytes: number,
  dictionary?: Uint8Array,
): Buffer {
  if (rawBytes < 1 || rawBytes > BLOCK_BYTES) throw invalid(`${rawBytes} bytes in a frame`);
  if (dictionary !== undefined && !isRawDictionary(dictionary)) {
    throw invalid('its dictionary would not be taken as plain bytes');
  }
  return decompressWhole(frame, rawBytes, dictionary);
}

/** The same for a frame whose length the caller has bounded. */
export function decompressWhole(
  frame: Uint8Array,
  rawBytes: number,
  dictionary?: Uint8Array,
): Buffer {
  const shape = frameShape(frame);
  if (shape?.bytes !== frame.length) throw invalid('it is not one whole frame');
  if (shape.contentBytes !== rawBytes) {
    throw invalid(`it is of ${shape.contentBytes} bytes, expected ${rawBytes}`);
  }
  if (shape.windowBytes > Math.max(rawBytes, MAX_WINDOW_BYTES)) {
    throw invalid(`it asks for a window of ${shape.windowBytes} bytes`);
  }
  const raw = decode(frame, rawBytes, dictionary);
  if (raw.length !== rawBytes) throw invalid(`${raw.length} bytes, expected ${rawBytes}`);
  return raw;
}

/** zstd takes a dictionary that begins with this number for one with tables inside, and one below 8 bytes for none. */
export function isRawDictionary(dictionary: Uint8Array): boolean {
  const view = new DataView(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength);
  return view.byteLength >= 8 && view.getUint32(0, true) !== 0xec30a437;
}

function decode(frame: Uint8Array, rawBytes: number, dictionary?: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(frame, {
      maxOutputLength: rawBytes,
      // One more, or zlib would ask for as much again, to see whether more comes.
      chunkSize: Math.max(64, rawBytes + 1),
      ...(dictionary === undefined ? {} : { dictionary }),
    });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(why: string, cause?: unknown): KubeosError {
  return new KubeosError('RELEASE_INVALID', `a zstd frame cannot be decoded: ${why}`, { cause });
}
