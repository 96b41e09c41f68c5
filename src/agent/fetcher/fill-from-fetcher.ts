import { KubeosError } from '../../errors.ts';
import { encodeBlockTable } from '../../release/block-table.ts';
import { blockWriter, finishing, type BlockWriter } from '../../release/fetch/block-writer.ts';
import { blocksInBase, copyBaseBlocks } from '../../release/fetch/copy-base-blocks.ts';
import type { FetchProgress, FetchReport } from '../../release/fetch/fetch-release.ts';
import type { ListedPacks } from '../../release/fetch/find-pack.ts';
import { isReadable } from '../../release/fetch/is-readable.ts';
import type { LoadedRelease } from '../../release/fetch/load-release.ts';
import { observeTarget } from '../../release/fetch/observe-target.ts';
import type { Base, Target } from '../../release/fetch/target.ts';
import { freeBytes } from '../../release/free-bytes.ts';
import { serialiseManifest } from '../../release/manifest.ts';
import { unexpected, type Exchange } from './fetcher.ts';
import type { FillOrder, Tell } from './messages.ts';

export interface FillRequest {
  readonly exchange: Exchange;
  readonly release: LoadedRelease;
  readonly listed: ListedPacks;
  readonly target: Target;
  readonly base: Base | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
}

/**
 * `fetchRelease` in two processes: this one reads and writes disks and compares every block with the table; the fetcher
 * brings what is in none of them. A block that is not the right one is an error: the fetcher has compared it, too.
 */
export async function fillFromFetcher(request: FillRequest): Promise<FetchReport> {
  const { release, target, signal } = request;
  const { table } = release;
  const writer = blockWriter(target, table, await observeTarget(target, table, signal));
  const blocksReused = table.blocks.length - writer.missingCount();
  const progress = progressOf(request, writer);
  const made = await finishing(writer, makeMissing(request, writer, progress));
  return {
    blocks: table.blocks.length,
    ...{ blocksReused, blocksWritten: writer.written() },
    ...made,
  };
}

/** Blocks of the running image first: they need no fetcher. */
async function makeMissing(
  request: FillRequest,
  writer: BlockWriter,
  progress: Progress,
): Promise<Done & { readonly blocksCopied: number }> {
  const { release, base, signal } = request;
  const { table } = release;
  const step = (): void => progress.step();
  const places = blocksInBase(writer.missing(), table, base);
  const blocksCopied =
    base === null ? 0 : await copyBaseBlocks(places, { table, base, writer, signal, step });
  if (writer.missingCount() === 0) {
    return { ...NOTHING, how: blocksCopied > 0 ? 'base' : 'nothing', blocksCopied };
  }
  const { bytesTransferred, requests, how } = await fetchRest(request, writer, progress);
  return { bytesTransferred, requests, how, blocksCopied };
}

type Done = Omit<Extract<Tell, { tell: 'done' }>, 'tell'>;

const NOTHING: Done = { bytesTransferred: 0, requests: 0, how: 'nothing' };

interface Progress {
  step(bytesTransferred?: number): void;
}

function progressOf({ release, onProgress }: FillRequest, writer: BlockWriter): Progress {
  const blocks = release.table.blocks.length;
  let bytesTransferred = 0;
  return {
    step(bytes = bytesTransferred) {
      bytesTransferred = bytes;
      onProgress({ blocks, blocksDone: blocks - writer.missingCount(), bytesTransferred });
    },
  };
}

async function fetchRest(
  request: FillRequest,
  writer: BlockWriter,
  progress: Progress,
): Promise<Done> {
  const { exchange } = request;
  await exchange.ask(orderOf(request, writer));
  for (;;) {
    const { told, bytes } = await exchange.hear();
    if (told.tell === 'read') await readFor(request, told);
    else if (told.tell === 'block') {
      const { id, index } = told;
      const isRight = await writer.put(index, bytes);
      await exchange.ask({ ask: 'reply', id, isRight });
      if (!isRight) throw new KubeosError('INTERNAL', `the fetcher brings a wrong block ${index}`);
      progress.step();
    } else if (told.tell === 'progress') progress.step(told.bytesTransferred);
    else if (told.tell === 'done') return doneWith(told, writer);
    else throw unexpected(told);
  }
}

function doneWith(done: Done, writer: BlockWriter): Done {
  const left = writer.missingCount();
  if (left === 0) return done;
  throw new KubeosError('INTERNAL', `the fetcher is done, and ${left} blocks are missing`);
}

/** Bytes of the running image or of the standby slot: nothing else is ever read for the fetcher. */
async function readFor(
  { exchange, target, base, release }: FillRequest,
  { id, from, position, length }: Extract<Tell, { tell: 'read' }>,
): Promise<void> {
  const size = from === 'base' ? (base?.table.imageBytes ?? 0) : release.table.imageBytes;
  const source = from === 'base' ? base : target;
  const into = Buffer.allocUnsafeSlow(length);
  const isInside = position + length <= size;
  const isRight = isInside && source !== null && (await isReadable(source.read(into, position)));
  await exchange.ask({ ask: 'reply', id, isRight }, isRight ? into : undefined);
  freeBytes(into);
}

function orderOf({ release, listed, base }: FillRequest, writer: BlockWriter): FillOrder {
  const { manifest, table } = release;
  return {
    ask: 'fill',
    manifest: serialiseManifest(manifest),
    table: encodeBlockTable(table).toString('base64'),
    packs: listed.deltas.map(({ base: from, path, length }) => ({ base: from, path, length })),
    base: base === null ? null : baseOf(base),
    right: [...table.blocks.keys()].map((index) => (writer.isRight(index) ? '1' : '0')).join(''),
  };
}

function baseOf({ release, table }: Base): FillOrder['base'] {
  return {
    release,
    imageBytes: table.imageBytes,
    imageSha256: Buffer.from(table.imageSha256).toString('hex'),
    blocks: Buffer.concat(table.blocks.map(({ sha256 }) => sha256)).toString('base64'),
  };
}
