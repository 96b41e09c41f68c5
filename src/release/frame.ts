import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { promisify } from 'node:util';
import { KubeosError } from '../errors.ts';
import { BLOCK_BYTES } from './block-table.ts';

const compress = promisify(zstdCompress);

/** The widest window that a frame may ask memory for: a block, or a block behind the dictionary of a delta. */
const MAX_WINDOW_LOG = 21;

/** One zstd frame of its own (RFC 8878): its content's size is in it, a checksum is not, because a SHA-256 is pinned elsewhere. */
export async function compressFrame(
  raw: Uint8Array,
  level: number,
  dictionary?: Uint8Array,
): Promise<Buffer> {
  return await compress(raw, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
    pledgedSrcSize: raw.length,
    ...(dictionary === undefined ? {} : { dictionary }),
  });
}

/**
 * Decodes hostile bytes that should be one frame of `rawBytes`: never more memory, never another length.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export function decompressFrame(
  frame: Uint8Array,
  rawBytes: number,
  dictionary?: Uint8Array,
): Buffer {
  if (rawBytes < 1 || rawBytes > BLOCK_BYTES) throw invalid(`${rawBytes} bytes in a frame`);
  const raw = decode(frame, rawBytes, dictionary);
  if (raw.length !== rawBytes) throw invalid(`${raw.length} bytes, expected ${rawBytes}`);
  return raw;
}

function decode(frame: Uint8Array, rawBytes: number, dictionary?: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(frame, {
      maxOutputLength: rawBytes,
      chunkSize: Math.max(64, rawBytes),
      params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
      ...(dictionary === undefined ? {} : { dictionary }),
    });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(why: string, cause?: unknown): KubeosError {
  return new KubeosError('RELEASE_INVALID', `a zstd frame cannot be decoded: ${why}`, { cause });
}
