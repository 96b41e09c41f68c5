import { KubeosError } from '../../errors.ts';
import type { BlockRun } from './merge-ranges.ts';

/** A frame of image.zst, valid until the next is asked for. */
export interface Frame {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Cuts what lies at `run` in image.zst into its frames. Chunks may have any length. */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  run: BlockRun,
  offsets: readonly number[],
): AsyncGenerator<Frame> {
  const pending = frameBuffer();
  let index = run.first;
  let length = frameLength(offsets, index);
  for await (const chunk of chunks) {
    for (let position = 0; position < chunk.length && index < run.end;) {
      const part = chunk.subarray(position, position + length - pending.length());
      position += part.length;
      const bytes = pending.add(part, length);
      if (bytes === null) continue;
      yield { index, bytes };
      index += 1;
      length = frameLength(offsets, index);
    }
  }
  if (index < run.end) throw new KubeosError('INTERNAL', `a range ended before block ${run.end}`);
}

const frameLength = (offsets: readonly number[], index: number): number =>
  (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);

interface FrameBuffer {
  length(): number;
  /** @returns the frame, once all of its bytes are there */
  add(part: Uint8Array, frameBytes: number): Uint8Array | null;
}

/** One piece of memory for every frame; a frame inside one chunk is not copied at all. */
function frameBuffer(): FrameBuffer {
  let memory = Buffer.alloc(0);
  let filled = 0;
  return {
    length: () => filled,
    add(part, frameBytes) {
      if (part.length === frameBytes) return part;
      if (memory.length < frameBytes) {
        const grown = Buffer.allocUnsafe(frameBytes);
        memory.copy(grown, 0, 0, filled);
        memory = grown;
      }
      memory.set(part, filled);
      filled += part.length;
      if (filled < frameBytes) return null;
      filled = 0;
      return memory.subarray(0, frameBytes);
    },
  };
}
