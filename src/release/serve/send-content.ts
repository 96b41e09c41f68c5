import type { ServerResponse } from 'node:http';
import type { Content } from './content.ts';
import type { ByteSpan } from './parse-range.ts';

const CHUNK = 2 ** 18;

export interface Flow {
  /** Waits until the client may have so many bytes more. */
  readonly pace: ((bytes: number) => Promise<void>) | null;
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
  flow: Flow,
): Promise<number> {
  const size = Math.min(CHUNK, span.end - span.start);
  // Two, so that one is filled while the other leaves.
  const buffers = [
    Buffer.allocUnsafe(size),
    span.end - span.start > CHUNK ? Buffer.allocUnsafe(size) : null,
  ];
  let leaving: Promise<boolean> | null = null;
  for (let position = span.start, turn = 0; position < span.end; turn = 1 - turn) {
    const buffer = buffers[turn] ?? Buffer.allocUnsafe(size);
    const chunk = buffer.subarray(0, Math.min(size, span.end - position));
    await content.read(chunk, position);
    await flow.pace?.(chunk.length);
    if (leaving !== null && !(await leaving)) return position - span.start;
    if (response.destroyed) return position - span.start;
    position += chunk.length;
    // The last chunk goes out with the end of the response, in one system call where it is also the first.
    if (position === span.end) response.end(chunk);
    else leaving = takes(response, chunk, flow.chunkMs);
  }
  if (span.start === span.end) response.end();
  await finished(response, flow.chunkMs);
  return span.end - span.start;
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

/** Until the last byte left for the system, or the connection is gone. */
function finished(response: ServerResponse, chunkMs: number): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), chunkMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
