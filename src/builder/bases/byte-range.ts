import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { KubeosError } from '../../errors.ts';

/** A run of bytes in a file on disk: a whole file, or a member of an archive. */
export interface ByteRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

const CHUNK_BYTES = 1024 * 1024;

/** @throws KubeosError DEFINITION_INVALID when it is no regular file; the file system's errors */
export async function wholeFile(file: string): Promise<ByteRange> {
  const found = await stat(file);
  if (!found.isFile()) throw new KubeosError('DEFINITION_INVALID', `${file} is not a file`);
  return { path: file, offset: 0, length: found.size };
}

export function streamRange(range: ByteRange, signal: AbortSignal): Readable {
  if (range.length === 0) return Readable.from([]);
  return createReadStream(range.path, {
    start: range.offset,
    end: range.offset + range.length - 1,
    highWaterMark: CHUNK_BYTES,
    signal,
  });
}

/** SHA-256 in hexadecimal. */
export async function hashRange(range: ByteRange, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of streamRange(range, signal)) hash.update(bytesOf(chunk));
  return hash.digest('hex');
}

/** Streams are typed as giving anything; without an encoding they give bytes. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a byte stream gave something else than bytes');
}

/** For documents, which are short. */
export async function readBytes({ path, offset, length }: ByteRange): Promise<Uint8Array> {
  await using file = await open(path);
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new KubeosError('BUILD_CHECK_FAILED', `${path} ends too early`);
    done += bytesRead;
  }
  return bytes;
}
