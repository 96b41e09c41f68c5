import { KubeosError } from '../../errors.ts';
import { blockWriter, finishing, type BlockWriter } from './block-writer.ts';
import { blocksInBase, copyBaseBlocks } from './copy-base-blocks.ts';
import { fetchFrames, type FramesRequest } from './fetch-frames.ts';
import { fetchPack } from './fetch-pack.ts';
import { findPack, type ListedPacks } from './find-pack.ts';
import type { LoadedRelease } from './load-release.ts';
import { frameOffsets } from './merge-ranges.ts';
import { observeTarget } from './observe-target.ts';
import { planTransfer, REQUEST_BYTES } from './plan-transfer.ts';
import type { Source } from './source.ts';
import type { Base, Target } from './target.ts';
import type { TransferBudget } from './transfer-budget.ts';

export interface FetchRequest {
  /** Read and checked by `loadRelease`. */
  readonly release: LoadedRelease;
  /** As signed metadata lists it, with its delta packs; null where nothing is signed: then there are no packs. */
  readonly listed: ListedPacks | null;
  readonly source: Source;
  /** The one that the source counts in. */
  readonly budget: TransferBudget;
  readonly target: Target;
  /** Which blocks of the target are right; default: it is read to know that. */
  readonly right?: readonly boolean[];
  readonly base: Base | null;
  readonly signal: AbortSignal;
  /** What a request costs, in bytes that could come in its time. */
  readonly requestBytes?: number;
  readonly onProgress?: (progress: FetchProgress) => void;
}

export interface FetchProgress {
  readonly blocks: number;
  /** Right in the target. */
  readonly blocksDone: number;
  readonly bytesTransferred: number;
}

export interface FetchReport {
  /** Bytes received over the network, or read from the directory: heads of answers and metadata included. */
  readonly bytesTransferred: number;
  readonly requests: number;
  readonly blocks: number;
  /** Were right in the target before. */
  readonly blocksReused: number;
  /** Of these written: taken from the base by its table. */
  readonly blocksCopied: number;
  readonly blocksWritten: number;
  readonly how: 'nothing' | 'base' | 'pack' | 'frames' | 'whole';
}

/**
 * Makes the target hold the release's root image, with the fewest bytes that are still needed (contract section 4).
 * Each block is compared with the block table before it is written; one that is right already is not. When it
 * returns, all of it is on the disk; when it throws, what was right stays, and the same call goes on from there.
 *
 * @throws KubeosError NETWORK, RELEASE_INVALID, NO_SPACE
 */
export async function fetchRelease(request: FetchRequest): Promise<FetchReport> {
  const { release, target, budget, signal } = request;
  const { table } = release;
  if (target.size < table.imageBytes) throw tooSmall(target, table.imageBytes);
  const right = request.right ?? (await observeTarget(target, table, signal));
  const writer = blockWriter(target, table, right);
  const blocksReused = table.blocks.length - writer.missingCount();
  const step = (): void => {
    const blocksDone = table.blocks.length - writer.missingCount();
    const bytesTransferred = budget.bytes();
    request.onProgress?.({ blocks: table.blocks.length, blocksDone, bytesTransferred });
  };
  const made = await finishing(writer, makeMissing({ ...request, writer, step }));
  return {
    bytesTransferred: budget.bytes(),
    requests: budget.requests(),
    blocks: table.blocks.length,
    blocksReused,
    blocksWritten: writer.written(),
    ...made,
  };
}

interface FetchRun extends FetchRequest {
  readonly writer: BlockWriter;
  readonly step: () => void;
}

type Made = Pick<FetchReport, 'how' | 'blocksCopied'>;

async function makeMissing(run: FetchRun): Promise<Made> {
  const { writer, base, release } = run;
  const missing = writer.missing();
  if (missing.length === 0) return { how: 'nothing', blocksCopied: 0 };
  const places = blocksInBase(missing, release.table, base);
  const isByPack = await tryPack(
    run,
    missing.filter((index) => !places.has(index)),
  );
  const { table } = release;
  const blocksCopied = base === null ? 0 : await copyBaseBlocks(places, { ...run, table, base });
  if (writer.missingCount() === 0) return { how: isByPack ? 'pack' : 'base', blocksCopied };
  const how = await fetchFrames(framesRequest(run));
  return { how: isByPack ? 'pack' : how, blocksCopied };
}

/** By a delta pack, where there is one for this base and it is the least to fetch. @returns whether it made blocks */
async function tryPack(run: FetchRun, needed: readonly number[]): Promise<boolean> {
  const { base, listed, writer, release } = run;
  const { table } = release;
  const first = writer.nextMissing(0);
  if (base === null || listed === null || first === null || needed.length === 0) return false;
  const pack = await findPack({ ...run, base, listed });
  if (pack === null) return false;
  const { offsets, requestBytes } = framesRequest(run);
  const isWorth = (packBytes: number): boolean =>
    planTransfer({ needed, offsets, packBytes, requestBytes, hasRanges: true }).kind === 'pack';
  // How much of it is left is known for certain when its operations are.
  const share = (table.blocks.length - first) / table.blocks.length;
  if (!isWorth(pack.length * share)) return false;
  return (await fetchPack({ ...run, base, table, pack, requestBytes, isWorth })) > 0;
}

function framesRequest(run: FetchRun): FramesRequest {
  const { release, requestBytes = REQUEST_BYTES } = run;
  const { table, imagePath: path } = release;
  return { ...run, path, table, offsets: frameOffsets(table.blocks), requestBytes };
}

function tooSmall({ address, size }: Target, imageBytes: number): KubeosError {
  return new KubeosError(
    'NO_SPACE',
    `${address} has ${size} bytes, the image of the release has ${imageBytes}`,
  );
}
