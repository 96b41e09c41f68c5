import { KubeosError } from '../../errors.ts';
import type { BlockTable } from '../block-table.ts';
import { applyPack, resumePoint, type ResumePoint } from '../pack/apply-pack.ts';
import { PACK_HEADER_BYTES, type ExpectedPack, type OperationTable } from '../pack/pack-format.ts';
import { packReader, readOperationTable, type PackReader } from '../pack/pack-reader.ts';
import type { PositionalReader } from '../pack/positional-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { isReadable } from './is-readable.ts';
import { openChunks } from './open-chunks.ts';
import { SourceError, type Source } from './source.ts';
import type { Base, Target } from './target.ts';

export interface PackRequest {
  readonly source: Source;
  /** The pack from that base to this release, as signed metadata lists it. */
  readonly pack: { readonly path: string; readonly length: number };
  readonly base: Base;
  readonly target: Target;
  readonly table: BlockTable;
  readonly writer: BlockWriter;
  readonly signal: AbortSignal;
  /** What a request costs, in bytes that could come in its time. */
  readonly requestBytes: number;
  /** Whether these bytes of the pack, now that they are known, are still the least there is to fetch. */
  readonly isWorth: (restBytes: number) => boolean;
  /** Told after each block. */
  readonly step: () => void;
}

/** Header and operations mostly fit into this. */
const HEAD_BYTES = 2 ** 16;
/** Over this share of blocks that do not come out right, base or pack are not what they should be. */
const MAX_WRONG_SHARE = 0.1;

/**
 * Makes missing blocks from the base and a delta pack, from the first that is missing on. Blocks that do not come out
 * right stay missing: each costs one frame.
 *
 * @returns how many blocks it made
 * @throws KubeosError NETWORK when the budget is spent; no failure of the pack itself
 */
export async function fetchPack(request: PackRequest): Promise<number> {
  const before = request.writer.missingCount();
  try {
    await makeBlocks(request, before);
  } catch (error) {
    if (!isOfPack(error)) throw error;
  }
  await request.writer.settle();
  return before - request.writer.missingCount();
}

/** The pack is damaged, gone, or no longer worth it: image.zst has everything. */
function isOfPack(error: unknown): boolean {
  if (error instanceof SourceError) return true;
  return error instanceof KubeosError && error.code === 'RELEASE_INVALID';
}

async function makeBlocks(request: PackRequest, missing: number): Promise<void> {
  const { pack, writer } = request;
  // What was made before an interruption is not asked for: only where it ends, which the table tells.
  const headBytes = writer.nextMissing(0) === 0 ? pack.length : HEAD_BYTES;
  await using first = openChunks(piecewise(request, headBytes));
  const reader = packReader(first.chunks);
  const operations = await readOperationTable(reader, expectedPack(request));
  const run = { ...request, operations, wrong: wrongBlocks(missing) };
  let from = nextPoint(run, 0);
  if (from === null || !request.isWorth(pack.length - from.packOffset)) return;
  const gapBytes = from.packOffset - PACK_HEADER_BYTES - operations.header.tableFrameBytes;
  if (gapBytes <= request.requestBytes) {
    await reader.take(gapBytes);
    from = await make(run, reader, from);
  }
  await first[Symbol.asyncDispose]();
  // Behind what could not be decoded, or what was made before an interruption: another request goes on.
  while (from !== null) {
    await using next = openChunks(readPack(request, from.packOffset, pack.length));
    from = await make(run, packReader(next.chunks), from);
  }
}

/** All of the pack, but the second part of it only when the first is not enough. */
async function* piecewise(request: PackRequest, headBytes: number): AsyncGenerator<Buffer> {
  const { length } = request.pack;
  yield* readPack(request, 0, Math.min(headBytes, length));
  if (headBytes < length) yield* readPack(request, headBytes, length);
}

function readPack(
  { source, pack, signal }: PackRequest,
  start: number,
  end: number,
): AsyncIterable<Buffer> {
  const range = { start, end, fileBytes: pack.length, signal, mayReadFromBeginning: true };
  return source.read(pack.path, range);
}

function expectedPack({ pack, base, table }: PackRequest): ExpectedPack {
  const hex = (sha256: Uint8Array): string => Buffer.from(sha256).toString('hex');
  return {
    packBytes: pack.length,
    baseBytes: base.table.imageBytes,
    baseSha256: hex(base.table.imageSha256),
    imageBytes: table.imageBytes,
    imageSha256: hex(table.imageSha256),
  };
}

interface PackRun extends PackRequest {
  readonly operations: OperationTable;
  /** Counts one more. @throws KubeosError RELEASE_INVALID over the share that is allowed */
  readonly wrong: () => void;
}

/** Where to go on for what is missing from that block on; `after` is where it was gone on before. */
function nextPoint(
  { writer, operations }: PackRun,
  block: number,
  after?: ResumePoint,
): ResumePoint | null {
  const missing = writer.nextMissing(block);
  return missing === null ? null : resumePoint(operations, missing, after);
}

/** @returns where to go on, behind a block that cannot be made; null at the end */
async function make(
  run: PackRun,
  pack: PackReader,
  from: ResumePoint,
): Promise<ResumePoint | null> {
  const { operations, base, target, writer, signal } = run;
  let block = from.block;
  const disks = { base: orInvalid(base.read), output: orInvalid(target.read) };
  const request = { table: operations, pack, ...disks, from };
  try {
    for await (const { index, bytes } of applyPack(request)) {
      signal.throwIfAborted();
      block = index + 1;
      if (writer.isRight(index)) continue;
      await putBlock(run, index, bytes);
      if (writer.nextMissing(block) === null) return null;
    }
    return null;
  } catch (error) {
    if (!(error instanceof KubeosError && error.code === 'RELEASE_INVALID')) throw error;
    run.source.distrust();
    run.wrong();
    return nextPoint(run, block + 1, from);
  }
}

/** A block that cannot be made because a disk cannot be read is one that is fetched. */
function orInvalid(read: PositionalReader): PositionalReader {
  return async (into, position) => {
    if (await isReadable(read(into, position))) return;
    throw new KubeosError('RELEASE_INVALID', `byte ${position} of an image cannot be read`);
  };
}

async function putBlock(run: PackRun, index: number, bytes: Uint8Array): Promise<void> {
  if (!(await run.writer.put(index, bytes))) run.wrong();
  // Later operations may repeat it, and its memory is used again.
  await run.writer.settle();
  run.step();
}

function wrongBlocks(blocks: number): () => void {
  let wrong = 0;
  return () => {
    wrong += 1;
    if (wrong > Math.max(1, blocks * MAX_WRONG_SHARE)) {
      throw new KubeosError('RELEASE_INVALID', `${wrong} blocks of ${blocks} came out wrong`);
    }
  };
}
