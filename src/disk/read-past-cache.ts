import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { MIB } from './layout.ts';

const CHUNK = 4 * MIB;

/** One is being read, one is the reader's, and one stays as it was. */
const BUFFERS = 3;

/**
 * Reads a regular file, or so many bytes of a block device, in chunks from what is stored, not from the page cache (open(2), O_DIRECT), where the file
 * system can do that: a whole disk does not push everything else out of memory, and its holes cost nothing.
 * A chunk is valid until the one after the next is asked for.
 *
 * @param from the first byte; the start of a sector
 */
export async function* readPastCache(
  file: string,
  bytes?: number,
  /** Where to begin: a multiple of the sectors of a device, and of 4096 in a file. */
  offset = 0,
): AsyncGenerator<Uint8Array> {
  await using handle = await openDirect(file);
  const size = bytes ?? (await handle.stat()).size - offset;
  const memory = alignedMemory();
  const read = async (position: number): Promise<Uint8Array> => {
    const buffer = new Uint8Array(memory, ((position / CHUNK) % BUFFERS) * CHUNK, CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, offset + position);
    if (bytesRead < Math.min(CHUNK, size - position)) throw new Error(`${file} was cut short`);
    return buffer.subarray(0, Math.min(bytesRead, size - position));
  };
  let next = size > 0 ? read(0) : null;
  for (let position = CHUNK; next !== null; position += CHUNK) {
    const chunk = await next;
    // The next one is read while the caller works with this one.
    next = position < size ? read(position) : null;
    next?.catch(() => undefined);
    yield chunk;
  }
}

async function openDirect(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_DIRECT);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL')
      return await open(file);
    throw error;
  }
}

/** O_DIRECT wants aligned memory: V8 takes whole pages for a buffer that could be resized, in every mode it has. */
function alignedMemory(): ArrayBuffer {
  return new ArrayBuffer(BUFFERS * CHUNK, { maxByteLength: BUFFERS * CHUNK });
}
