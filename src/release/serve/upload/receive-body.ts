import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FileHandle } from 'node:fs/promises';
import { writeAll } from '../../../disk/write-at.ts';

const CHUNK = 2 ** 18;

export interface Received {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Writes a request's body to a file, and flushes it. Node ends a body at its Content-Length.
 *
 * @param chunkMs for each 256 KiB; a client that is slower is cut
 */
export async function receiveBody(
  request: IncomingMessage,
  file: FileHandle,
  chunkMs: number,
): Promise<Received> {
  const hash = createHash('sha256');
  const timer = setTimeout(() => request.destroy(new Error('too slow')), chunkMs);
  let position = 0;
  let refreshed = 0;
  try {
    const body: AsyncIterable<Buffer> = request;
    for await (const chunk of body) {
      hash.update(chunk);
      await writeAll(file, chunk, position);
      position += chunk.length;
      if (position - refreshed < CHUNK) continue;
      refreshed = position;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
  await file.sync();
  return { sizeBytes: position, sha256: hash.digest('hex') };
}
