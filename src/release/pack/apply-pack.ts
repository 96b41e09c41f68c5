import { BLOCK_BYTES, blockBytes } from '../block-table.ts';
import { decompressFrame } from '../frame.ts';
import { freeBytes } from '../free-bytes.ts';
import type { Cursor, Operation } from './operation.ts';
import {
  cursorOfBlock,
  invalidPack,
  MAX_DICTIONARY_BYTES,
  operations,
  type OperationTable,
  type PlacedOperation,
} from './pack-format.ts';
import type { PackReader } from './pack-reader.ts';
import type { PositionalReader } from './positional-reader.ts';

export interface ApplyRequest {
  readonly table: OperationTable;
  /** The pack from the frame of `from` on; right behind the table where it begins with the first block. */
  readonly pack: PackReader;
  readonly base: PositionalReader;
  /** The new image as far as it was yielded: a block is written before the next is asked for. */
  readonly output: PositionalReader;
  /** Where to go on; default: the first block. */
  readonly from?: ResumePoint;
}

export interface MadeBlock {
  readonly index: number;
  /** Raw bytes of the block, valid until the next is asked for. Nobody has compared them with anything yet. */
  readonly bytes: Uint8Array;
}

/** A block of the new image, and where the pack has to be read from to make it and those after it. */
export interface ResumePoint {
  readonly block: number;
  /** In the pack, for `Range: bytes=N-`. */
  readonly packOffset: number;
  readonly cursor: Cursor;
}

/**
 * @param after of a block before this one, where that is known: a table has millions of operations
 * @throws RangeError when the image has no such block
 */
export function resumePoint(
  table: OperationTable,
  block: number,
  after?: ResumePoint,
): ResumePoint {
  const cursor = cursorOfBlock(table, block, after?.cursor);
  return { block, packOffset: cursor.pack, cursor };
}

/**
 * Makes the blocks of the new image, in order. Lengths are right or it throws; whether the bytes are, the block
 * table of the release tells.
 *
 * @throws KubeosError RELEASE_INVALID at a frame that cannot be decoded, or where the pack ends early or goes on
 */
export async function* applyPack(request: ApplyRequest): AsyncGenerator<MadeBlock> {
  const { table, pack, from = resumePoint(table, 0) } = request;
  const { imageBytes } = table.header;
  const buffer = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, imageBytes));
  const run = {
    ...request,
    dictionary: Buffer.allocUnsafeSlow(MAX_DICTIONARY_BYTES),
    decoded: Buffer.alloc(0),
  };
  let index = from.block;
  for (const placed of operations(table, from.cursor)) {
    const end = placed.cursor.output + placed.operation.bytes;
    const make = await maker(run, placed);
    while (index * BLOCK_BYTES < end) {
      const start = index * BLOCK_BYTES;
      const bytes = buffer.subarray(0, blockBytes(imageBytes, index));
      const part = partOf(placed, start, bytes.length);
      await make({ block: { bytes, start }, part });
      if (start + bytes.length > end) break;
      yield { index, bytes };
      index += 1;
    }
  }
  if (!(await pack.isAtEnd())) throw invalidPack('goes on behind its last frame');
}

interface ApplyRun extends ApplyRequest {
  /** One for all frames: it is needed while one is decoded, and memory that is asked for anew piles up. */
  readonly dictionary: Buffer;
  /** What the last frame held: only one is needed at a time. */
  decoded: Uint8Array;
}

/** A stretch of the new image, in bytes. */
interface Part {
  readonly start: number;
  readonly end: number;
}

interface Destination {
  readonly block: { readonly bytes: Uint8Array; readonly start: number };
  readonly part: Part;
}

/** What of the block that begins at `start` the operation makes. */
function partOf({ cursor, operation }: PlacedOperation, start: number, length: number): Part {
  return {
    start: Math.max(start, cursor.output),
    end: Math.min(start + length, cursor.output + operation.bytes),
  };
}

/** What fills parts of blocks for one operation; its frame, where it has one, is read and decoded once. */
async function maker(
  run: ApplyRun,
  { operation, cursor }: PlacedOperation,
): Promise<(destination: Destination) => Promise<void>> {
  switch (operation.kind) {
    case 'copy':
      return async (destination) =>
        await run.base(target(destination), operation.offset + inside(destination, cursor));
    case 'self':
      return async (destination) =>
        await repeat(run.output, destination, operation.offset + inside(destination, cursor));
    case 'delta':
    case 'frame': {
      const raw = await decodeFrame(run, operation);
      return async (destination) => {
        const from = inside(destination, cursor);
        const { start, end } = destination.part;
        target(destination).set(raw.subarray(from, from + end - start));
      };
    }
    default:
      return operation satisfies never;
  }
}

function target({ block, part }: Destination): Uint8Array {
  return block.bytes.subarray(part.start - block.start, part.end - block.start);
}

/** How far inside its operation a part begins. */
const inside = ({ part }: Destination, { output }: Cursor): number => part.start - output;

/** The earlier bytes are in the output, but for those of the block that is being made. */
async function repeat(
  output: PositionalReader,
  destination: Destination,
  offset: number,
): Promise<void> {
  const { block } = destination;
  const bytes = target(destination);
  const written = Math.min(bytes.length, Math.max(0, block.start - offset));
  if (written > 0) await output(bytes.subarray(0, written), offset);
  const from = offset + written - block.start;
  bytes.set(block.bytes.subarray(from, from + bytes.length - written), written);
}

type WithFrame = Operation & { readonly kind: 'delta' | 'frame' };

async function decodeFrame(run: ApplyRun, operation: WithFrame): Promise<Uint8Array> {
  const frame = await run.pack.take(operation.frameBytes);
  const window = operation.kind === 'frame' ? undefined : await windowOf(run, operation);
  freeBytes(run.decoded);
  run.decoded = decompressFrame(frame, operation.bytes, window);
  return run.decoded;
}

async function windowOf(
  { base, dictionary }: ApplyRun,
  { dictionaryOffset, dictionaryBytes }: WithFrame & { readonly kind: 'delta' },
): Promise<Uint8Array> {
  const window = dictionary.subarray(0, dictionaryBytes);
  await base(window, dictionaryOffset);
  return window;
}
