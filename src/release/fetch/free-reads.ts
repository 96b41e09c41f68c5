import type { Socket } from 'node:net';
import { freeBytes } from '../free-bytes.ts';

/**
 * node:http reads every 64 KiB of a connection into new memory, and copies the body out of it. Frees what was read as
 * soon as it was copied.
 *
 * @returns to be told of a chunk of the body: only where that is seen to be a copy, reads are freed from then on
 */
export function freeReads(socket: Socket): {
  readonly seen: (chunk: Uint8Array) => void;
  readonly stop: () => void;
} {
  const reads = new WeakSet<ArrayBufferLike>();
  let isCopied = false;
  const onRead = (read: Buffer): void => {
    // Behind all who listen, whichever came first: the parser is one of them.
    if (isCopied) process.nextTick(freeBytes, read);
    else reads.add(read.buffer);
  };
  socket.on('data', onRead);
  return {
    seen: (chunk) => {
      isCopied ||= !reads.has(chunk.buffer);
    },
    stop: () => void socket.off('data', onRead),
  };
}
