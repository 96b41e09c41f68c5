import type { ServerResponse } from 'node:http';
import { CHUNK_BYTES, giveBuffer, takeBuffer } from './chunk-buffers.ts';
import type { Content } from './content.ts';
import type { ByteSpan } from './parse-range.ts';

export interface Flow {
  /** Waits until the client may have so many bytes more, or is gone. */
  readonly pace: ((bytes: number, gone: AbortSignal) => Promise<void>) | null;
  /** For the client to take one chunk. */
  readonly chunkMs: number;
}

/**
 * Sends a span of content and ends the response. A client that goes away, or takes a chunk slower than is allowed,
 * ends it too: its connection is cut, which says that the content is not whole.
 *
 * @returns the bytes that were handed to the connection
 */
export async function sendContent(
  response: ServerResponse,
  { content, span }: { content: Content; span: ByteSpan },
  { pace, chunkMs }: Flow,
): Promise<number> {
  const { start, end } = span;
  const buffer = takeBuffer(end - start);
  const gone = goneSignal(response);
  for (let position = start; position < end;) {
    const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, end - position));
    try {
      await content.read(chunk, position, gone);
    } catch (error) {
      if (!response.destroyed) throw error;
    }
    if (pace !== null) await pace(chunk.length, gone());
    if (response.destroyed) return position - start;
    position += chunk.length;
    // The last chunk goes out with the end of the response, in one system call where it is also the first.
    if (position === end) response.end(chunk);
    else if (!(await takes(response, chunk, chunkMs))) return position - start;
  }
  if (start === end) response.end();
  // A buffer that the system did not take may still be read: it is left to the garbage collector.
  if (await finishes(response, chunkMs)) giveBuffer(buffer);
  return end - start;
}

/** Aborted when the connection is: made only where something is waited for, which most answers never do. */
function goneSignal(response: ServerResponse): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => {
    if (signal !== undefined) return signal;
    const gone = new AbortController();
    if (response.destroyed) gone.abort();
    else response.once('close', () => gone.abort());
    return (signal = gone.signal);
  };
}

/** @returns whether the client took the chunk */
function takes(response: ServerResponse, chunk: Buffer, chunkMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isTaken: boolean): void => {
      clearTimeout(timer);
      response.off('close', gone);
      resolve(isTaken);
    };
    const gone = (): void => settle(false);
    const timer = setTimeout(() => response.destroy(), chunkMs);
    response.once('close', gone);
    response.write(chunk, (error) => settle(error === null || error === undefined));
  });
}

/** @returns true when the last byte left for the system, false when the connection is gone before */
function finishes(response: ServerResponse, chunkMs: number): Promise<boolean> {
  if (response.writableFinished || response.destroyed) {
    return Promise.resolve(response.writableFinished);
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), chunkMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve(response.writableFinished);
    });
  });
}
