import { KubeosError } from '../../errors.ts';
import { blockBytes, type BlockTable } from '../block-table.ts';
import { decompressFrame } from '../frame.ts';
import type { BlockWriter } from './block-writer.ts';
import type { BlockRun } from './merge-ranges.ts';
import { planFromImage, type TransferPlan } from './plan-transfer.ts';
import { readFrames } from './read-frames.ts';
import { SourceError, type Source } from './source.ts';
import type { TransferBudget } from './transfer-budget.ts';

export interface FramesRequest {
  readonly source: Source;
  /** image.zst in the source. */
  readonly path: string;
  readonly table: BlockTable;
  /** Where each frame begins in image.zst, and at last where it ends. */
  readonly offsets: readonly number[];
  readonly writer: BlockWriter;
  readonly signal: AbortSignal;
  /** What a request costs, in bytes that could come in its time. */
  readonly requestBytes: number;
  readonly budget: TransferBudget;
  /** Told after each block. */
  readonly step: () => void;
}

/** A mirror whose frames are all damaged is left after so many in a row. */
const MAX_DAMAGED_IN_A_ROW = 4;
/** Passes over what is missing that brought nothing right. */
const MAX_FRUITLESS_PASSES = 4;
/** Times image.zst that are asked for in all: a server could send one right block in each pass, and damage the others. */
const MAX_TIMES_IMAGE = 8;

/**
 * Fetches every block that is still missing as frames of image.zst: as merged ranges, or all of image.zst where the
 * server has no Range. A frame that is damaged is asked for again, of another mirror where there is one.
 *
 * @returns how it was done
 * @throws KubeosError NETWORK, RELEASE_INVALID when what the servers have stays damaged
 */
export async function fetchFrames(request: FramesRequest): Promise<'frames' | 'whole'> {
  const { writer, offsets } = request;
  const imageBytes = offsets.at(-1) ?? 0;
  let hasRanges = true;
  let how: 'frames' | 'whole' = 'frames';
  let askedBytes = 0;
  for (let fruitless = 0; writer.missingCount() > 0;) {
    const before = writer.missingCount();
    const { kind, runs, bytes } = runsFor(request, hasRanges);
    // Nothing is begun that the budget cannot finish.
    request.budget.cover(bytes);
    askedBytes += bytes;
    if (askedBytes > MAX_TIMES_IMAGE * imageBytes) throw damaged(request);
    if (kind === 'whole') how = kind;
    const pass = await passOver(request, runs, hasRanges);
    if (pass === 'rangeIgnored') hasRanges = false;
    else if (writer.missingCount() === before) fruitless += 1;
    if (fruitless === MAX_FRUITLESS_PASSES) throw damaged(request);
  }
  return how;
}

function runsFor(
  { writer, offsets, requestBytes, budget }: FramesRequest,
  hasRanges: boolean,
): TransferPlan & { readonly kind: 'frames' | 'whole' } {
  const needs = { needed: writer.missing(), offsets, hasRanges };
  const quick = planFromImage({ ...needs, requestBytes });
  // A budget that is nearly spent: more requests, and nothing that is not needed.
  return quick.bytes > budget.remaining() ? planFromImage({ ...needs, requestBytes: 0 }) : quick;
}

async function passOver(
  request: FramesRequest,
  runs: readonly BlockRun[],
  hasRanges: boolean,
): Promise<'done' | 'rangeIgnored'> {
  for (const run of runs) {
    try {
      await fetchRun(request, run, hasRanges);
    } catch (error) {
      if (!(error instanceof SourceError) || error.failure !== 'rangeIgnored') throw error;
      return 'rangeIgnored';
    }
  }
  return 'done';
}

async function fetchRun(
  { source, path, table, offsets, writer, signal, step }: FramesRequest,
  run: BlockRun,
  hasRanges: boolean,
): Promise<void> {
  const chunks = source.read(path, {
    start: run.startByte,
    end: run.endByte,
    fileBytes: offsets.at(-1) ?? 0,
    signal,
    mayReadFromBeginning: !hasRanges,
  });
  let inARow = 0;
  for await (const { index, bytes } of readFrames(chunks, run, offsets)) {
    if (writer.isRight(index)) continue;
    const raw = decodeOrNull(bytes, blockBytes(table.imageBytes, index));
    const isRight = raw !== null && (await writer.take(index, raw));
    inARow = isRight ? 0 : inARow + 1;
    if (!isRight) source.distrust();
    if (inARow === MAX_DAMAGED_IN_A_ROW) return;
    step();
  }
}

function decodeOrNull(frame: Uint8Array, rawBytes: number): Uint8Array | null {
  try {
    return decompressFrame(frame, rawBytes);
  } catch (error) {
    if (error instanceof KubeosError && error.code === 'RELEASE_INVALID') return null;
    throw error;
  }
}

function damaged({ source, path, writer }: FramesRequest): KubeosError {
  const blocks = writer.missing();
  return new KubeosError(
    'RELEASE_INVALID',
    `${blocks.length} blocks of ${path} stay damaged, the first is ${blocks[0]} (${source.address})`,
    { hint: 'what the image server has is damaged: publish the release again, or use a mirror' },
  );
}
