import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { chunkEnd, type ChunkSizes } from './chunk-end.ts';
import { chunkIndex, type ChunkIndex } from './chunk-index.ts';
import { commonAfter, commonBefore, type ImageBytes, type ImagePlace } from './image-bytes.ts';

/** What a stretch of the new image is: bytes of the base, bytes of its own, or neither. */
export type Stretch = Found | Changed;

export interface Found {
  readonly kind: 'copy' | 'self';
  readonly start: number;
  readonly bytes: number;
  /** Where the same bytes are: in the base, or earlier in the new image. */
  readonly offset: number;
}

export interface Changed {
  readonly kind: 'changed';
  readonly start: number;
  readonly bytes: number;
  /** Pieces inside, and right before and after, that the base has: what is near them there may be like it. */
  readonly hints: readonly Hint[];
}

export interface Hint {
  readonly start: number;
  readonly bytes: number;
  /** Offset in the base less offset in the new image. */
  readonly diagonal: number;
}

export interface FindRequest {
  readonly base: ImageBytes;
  /** Three views of the new image: what is being cut, what is compared, and what it is compared with. */
  readonly image: ImageBytes;
  readonly compared: ImageBytes;
  readonly earlier: ImageBytes;
  readonly sizes: ChunkSizes;
  /** No shorter piece of the base is copied: it becomes a hint. */
  readonly minCopyBytes: number;
  /** The same for one that the dictionary of what is before it holds anyway. */
  readonly minNearCopyBytes: number;
}

/** Copies this close to the diagonal of the last lie in the dictionaries that are cut from there. */
const NEAR_BYTES = 2 ** 16;
const PAUSE_BYTES = 2 ** 24;
/** A longer changed stretch is told in parts. */
const MAX_CHANGED_BYTES = 2 ** 24;

/** Cuts the base into chunks and remembers where each begins. */
export async function indexChunks(base: ImageBytes, sizes: ChunkSizes): Promise<ChunkIndex> {
  const index = chunkIndex(Math.ceil(base.size / sizes.average));
  for (let at = 0; at < base.size;) {
    const pause = at + PAUSE_BYTES;
    while (at < Math.min(pause, base.size)) {
      const chunk = chunkAt(base, at, sizes);
      index.add(crc32(chunk), at);
      at += chunk.length;
    }
    await setImmediate(); // a signal may have come
  }
  return index;
}

function chunkAt(image: ImageBytes, at: number, sizes: ChunkSizes): Uint8Array {
  const ahead = image.read(at, sizes.max);
  return ahead.subarray(0, chunkEnd(ahead, 0, sizes));
}

/** The new image from its first byte to its last, as stretches. `known` are the chunks of the base. */
export function* findStretches(request: FindRequest, known: ChunkIndex): Generator<Stretch> {
  const { size } = request.image;
  const own = chunkIndex(Math.ceil(size / request.sizes.average));
  let state: Progress = { done: 0, hints: [], diagonal: 0 };
  while (state.done < size) {
    const { found, end } = findNext(request, state, { known, own });
    const changed = (found?.start ?? end) - state.done;
    if (changed > 0)
      yield { kind: 'changed', start: state.done, bytes: changed, hints: state.hints };
    if (found !== null) yield found;
    const done = found === null ? end : found.start + found.bytes;
    state = { done, hints: state.hints.slice(-1), diagonal: state.diagonal };
    if (found?.kind === 'copy') state = { ...state, diagonal: found.offset - found.start };
  }
}

interface Progress {
  /** All before it was told. */
  readonly done: number;
  readonly diagonal: number;
  /** Grows until the next stretch is told. */
  readonly hints: Hint[];
}

interface Indexes {
  readonly known: ChunkIndex;
  readonly own: ChunkIndex;
}

/** The next piece worth copying, or none before `end`. */
function findNext(
  request: FindRequest,
  progress: Progress,
  { known, own }: Indexes,
): { readonly found: Found | null; readonly end: number } {
  const { image, sizes } = request;
  const { done, diagonal, hints } = progress;
  const end = Math.min(image.size, done + MAX_CHANGED_BYTES);
  let at = done;
  while (at < end) {
    const chunk = chunkAt(image, at, sizes);
    const hash = crc32(chunk);
    const offsets = { base: known.find(hash), own: own.find(hash) };
    const found = findChunk(request, { at, chunk, done, diagonal, offsets });
    if (found === null) own.add(hash, at);
    else if (found.kind === 'copy') hints.push(hintOf(found));
    if (found !== null && isWorthIt(request, found, diagonal)) return { found, end };
    at = Math.max(at + chunk.length, found === null ? 0 : found.start + found.bytes);
  }
  return { found: null, end: at };
}

interface Chunk {
  readonly at: number;
  readonly chunk: Uint8Array;
  readonly done: number;
  readonly diagonal: number;
  readonly offsets: { readonly base: number | null; readonly own: number | null };
}

/** The longest piece around a chunk that is known: where the last one went on, anywhere in the base, or in the image itself. */
function findChunk(request: FindRequest, chunk: Chunk): Found | null {
  const { base, compared, earlier } = request;
  const { at, diagonal, offsets } = chunk;
  for (const offset of [at + diagonal, offsets.base]) {
    if (offset === null || !isThere(base, offset, chunk.chunk)) continue;
    const there = { image: base, offset };
    return { kind: 'copy', ...extend(chunk, compared, { there, limit: Infinity }) };
  }
  if (offsets.own === null || !isThere(earlier, offsets.own, chunk.chunk)) return null;
  // What is repeated has to be whole before the repetition begins.
  const there = { image: earlier, offset: offsets.own };
  return { kind: 'self', ...extend(chunk, compared, { there, limit: at - offsets.own }) };
}

function isThere(image: ImageBytes, offset: number, chunk: Uint8Array): boolean {
  if (offset < 0 || offset + chunk.length > image.size) return false;
  return Buffer.compare(image.read(offset, chunk.length), chunk) === 0;
}

interface Extension {
  readonly there: ImagePlace;
  /** Bytes of the whole piece. */
  readonly limit: number;
}

function extend({ at, done }: Chunk, compared: ImageBytes, { there, limit }: Extension) {
  const here = { image: compared, offset: at };
  const before = commonBefore(here, there, at - done);
  const after = commonAfter(here, there, limit);
  const bytes = Math.min(limit, before + after);
  return { start: at - before, bytes, offset: there.offset - before };
}

/** Cutting costs: two operations more, and frames that know less of each other. */
function isWorthIt(request: FindRequest, found: Found, diagonal: number): boolean {
  const isNear = found.kind === 'copy' && Math.abs(hintOf(found).diagonal - diagonal) < NEAR_BYTES;
  return found.bytes >= (isNear ? request.minNearCopyBytes : request.minCopyBytes);
}

function hintOf({ start, bytes, offset }: Found): Hint {
  return { start, bytes, diagonal: offset - start };
}
