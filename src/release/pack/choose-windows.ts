import type { Hint } from './find-stretches.ts';
import { MAX_DICTIONARY_BYTES, MIN_DICTIONARY_BYTES } from './pack-format.ts';

/** Bytes of the base. */
export interface Window {
  readonly offset: number;
  readonly bytes: number;
}

/** A piece of a changed stretch, and how the base may help with it. */
export interface Piece {
  readonly start: number;
  readonly bytes: number;
}

export interface WindowLimits {
  readonly baseBytes: number;
  /** Bytes of a window. */
  readonly windowBytes: number;
  /** How many are proposed. */
  readonly candidates: number;
}

/**
 * The windows of the base that may be most like a piece: those around the places where the pieces that the base has
 * inside and beside it come from; first the place from which most of them come.
 */
export function chooseWindows(
  piece: Piece,
  hints: readonly Hint[],
  limits: WindowLimits,
): readonly Window[] {
  const near = hintsAround(piece, hints);
  const windows = placesByWeight(piece, near).map((diagonal) =>
    windowAround(piece, diagonal, limits),
  );
  const chosen: Window[] = [];
  for (const window of windows) {
    if (window.bytes < MIN_DICTIONARY_BYTES || chosen.length === limits.candidates) continue;
    if (chosen.every(({ offset }) => Math.abs(offset - window.offset) > limits.windowBytes / 4)) {
      chosen.push(window);
    }
  }
  return chosen;
}

/** Hints farther away say nothing about a piece, but for the next before and behind it. */
const NEAR_BYTES = 2 ** 18;

/** `hints` are in the order in which they begin. */
function hintsAround({ start, bytes }: Piece, hints: readonly Hint[]): readonly Hint[] {
  const first = firstFrom(hints, start - NEAR_BYTES);
  const last = firstFrom(hints, start + bytes + NEAR_BYTES);
  return hints.slice(Math.max(0, first - 1), last + 1);
}

/** The index of the first hint that begins there or later, by halving. */
function firstFrom(hints: readonly Hint[], start: number): number {
  let [low, high] = [0, hints.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hints[middle]?.start ?? Infinity) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Diagonals that are less than this apart share a window. */
const TOGETHER_BYTES = 2 ** 14;

function placesByWeight(piece: Piece, hints: readonly Hint[]): readonly number[] {
  const places = new Map<number, { weight: number; diagonal: number }>();
  for (const hint of hints) {
    const key = Math.round(hint.diagonal / TOGETHER_BYTES);
    const weight = weightOf(piece, hint) + (places.get(key)?.weight ?? 0);
    places.set(key, { weight, diagonal: hint.diagonal });
  }
  return [...places.values()].sort((a, b) => b.weight - a.weight).map(({ diagonal }) => diagonal);
}

/** Bytes in common, less the farther they lie from the piece. */
function weightOf({ start, bytes }: Piece, hint: Hint): number {
  const gap = Math.max(0, start - hint.start - hint.bytes, hint.start - start - bytes);
  return Math.min(hint.bytes, MAX_DICTIONARY_BYTES) / (1 + gap / 4096);
}

function windowAround(
  { start, bytes }: Piece,
  diagonal: number,
  { baseBytes, windowBytes }: WindowLimits,
): Window {
  const length = Math.min(windowBytes, baseBytes);
  const centred = start + diagonal - Math.floor((length - bytes) / 2);
  return { offset: Math.max(0, Math.min(baseBytes - length, centred)), bytes: length };
}
