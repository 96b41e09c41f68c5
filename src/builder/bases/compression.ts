import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress, constants } from 'node:zlib';
import { type ByteRange, bytesOf, streamRange } from './byte-range.ts';
import { openRange } from './tar/range-reader.ts';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'none';

const SIGNATURES: readonly (readonly [Compression, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  // Skippable frames, with which zstd:chunked and pzstd may begin (RFC 8878 section 3.1.2).
  ['zstd', '502a4d18'],
  ['xz', 'fd377a585a00'],
];

/** What a file's first bytes say; media types and names are often wrong about it. */
export async function compressionOf(range: ByteRange): Promise<Compression> {
  await using reader = await openRange(range);
  const head = (await reader.read(0, Math.min(6, range.length))).toString('hex');
  // Any of the sixteen skippable magics: only the low half of the first byte differs.
  const normal = /^5[0-9a-f]2a4d18/.test(head) ? `50${head.slice(2)}` : head;
  return SIGNATURES.find(([, signature]) => normal.startsWith(signature))?.[0] ?? 'none';
}

export interface Unpacked {
  readonly range: ByteRange;
  /** SHA-256 of the unpacked bytes, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Unpacks gzip or zstd to a new file, however many members or frames there are.
 * @throws RangeError when it is damaged or cut off
 */
export async function unpackTo(
  range: ByteRange,
  { compression, file }: { readonly compression: 'gzip' | 'zstd'; readonly file: string },
  signal: AbortSignal,
): Promise<Unpacked> {
  const hash = createHash('sha256');
  let length = 0;
  const measure = new Transform({
    transform(chunk: unknown, _encoding, done) {
      const bytes = bytesOf(chunk);
      hash.update(bytes);
      length += bytes.length;
      done(null, bytes);
    },
  });
  try {
    const target = createWriteStream(file, { flags: 'wx' });
    await pipeline(streamRange(range, signal), decoder(compression), measure, target, { signal });
  } catch (error) {
    throw isDecodingFault(error) ? new RangeError(error.message, { cause: error }) : error;
  }
  return { range: { path: file, offset: 0, length }, sha256: hash.digest('hex') };
}

function decoder(compression: 'gzip' | 'zstd'): Transform {
  const chunkSize = 1024 * 1024;
  if (compression === 'gzip') return createGunzip({ chunkSize });
  // 128 MiB, the window up to which RFC 8878 decoders are asked to go; more is an attack on memory.
  return createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 27 } });
}

function isDecodingFault(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(code);
}
