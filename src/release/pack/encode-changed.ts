import { compressFrame } from '../frame.ts';
import type { Window } from './choose-windows.ts';

/** A piece of the new image, with the windows of the base that may help to make it. */
export interface RawPiece {
  readonly raw: Uint8Array;
  readonly windows: readonly RawWindow[];
}

export interface RawWindow extends Window {
  readonly dictionary: Uint8Array;
}

/** A piece as it goes into a pack. */
export interface EncodedPiece {
  readonly bytes: number;
  readonly frame: Uint8Array;
  /** The dictionary of its frame, where it has one. */
  readonly window: Window | null;
}

/** Tells which window is best, for a fraction of what the real level costs. */
const TRIAL_LEVEL = 3;

/**
 * Compresses neighbouring pieces, together at most a block: each with the window that makes it smallest, or with none;
 * neighbours without one as one frame, where that is smaller.
 */
export async function encodeChanged(
  pieces: readonly RawPiece[],
  level: number,
): Promise<readonly EncodedPiece[]> {
  const encoded: EncodedPiece[] = [];
  // One after the other: each that is under way holds memory of zstd's, and other groups keep the processors busy.
  for (const piece of pieces) encoded.push(await encodePiece(piece, level));
  const result: EncodedPiece[] = [];
  for (let at = 0; at < encoded.length;) {
    const run = encoded.slice(at, endOfRun(encoded, at));
    const raws = pieces.slice(at, at + run.length).map(({ raw }) => raw);
    result.push(...(run.length > 1 ? await joinPlain(run, raws, level) : run));
    at += run.length;
  }
  return result;
}

async function encodePiece({ raw, windows }: RawPiece, level: number): Promise<EncodedPiece> {
  const best = windows.length > 1 ? await tryWindows(raw, windows) : windows[0];
  const plain = { bytes: raw.length, frame: await compressFrame(raw, level), window: null };
  if (best === undefined) return plain;
  const { offset, bytes, dictionary } = best;
  const frame = await compressFrame(raw, level, dictionary);
  // Its operation is longer, too.
  if (frame.length + 6 >= plain.frame.length) return plain;
  return { bytes: raw.length, frame, window: { offset, bytes } };
}

async function tryWindows(
  raw: Uint8Array,
  windows: readonly RawWindow[],
): Promise<RawWindow | undefined> {
  let best: { readonly window: RawWindow; readonly length: number } | undefined;
  for (const window of windows) {
    const { length } = await compressFrame(raw, TRIAL_LEVEL, window.dictionary);
    if (best === undefined || length < best.length) best = { window, length };
  }
  return best?.window;
}

/** Behind the last of the pieces without a window that begin at `at`; behind the one there, where it has one. */
function endOfRun(encoded: readonly EncodedPiece[], at: number): number {
  const isPlain = (piece: EncodedPiece | undefined): boolean => piece?.window === null;
  let end = at + 1;
  while (isPlain(encoded[at]) && isPlain(encoded[end])) end += 1;
  return end;
}

async function joinPlain(
  run: readonly EncodedPiece[],
  raws: readonly Uint8Array[],
  level: number,
): Promise<readonly EncodedPiece[]> {
  const raw = Buffer.concat(raws);
  const frame = await compressFrame(raw, level);
  const apart = run.reduce((sum, piece) => sum + piece.frame.length, 0);
  return frame.length <= apart ? [{ bytes: raw.length, frame, window: null }] : run;
}
