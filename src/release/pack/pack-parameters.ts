import { MAX_DICTIONARY_BYTES } from './pack-format.ts';

/** How hard a pack is made; its bytes, and nothing else, depend on it (docs/adr/0013). */
export interface PackParameters {
  /** zstd's, 1 to 19. */
  readonly level: number;
  /** Of the base, as the dictionary of a piece; at most 256 KiB. */
  readonly windowBytes: number;
  /** Windows that are tried for each piece. */
  readonly candidates: number;
  /** Longest changed piece with a window of its own. */
  readonly pieceBytes: number;
  /** Average of the chunks by which the base is searched, a power of two; longer for a base of more than 2^20 of them. */
  readonly chunkBytes: number;
  /** Shorter pieces of the base are left to the frames around them. */
  readonly minCopyBytes: number;
  /** The same, where the last copy went on: there the dictionaries hold them anyway. */
  readonly minNearCopyBytes: number;
}

export const PACK_DEFAULTS: PackParameters = {
  level: 19,
  windowBytes: MAX_DICTIONARY_BYTES,
  candidates: 2,
  pieceBytes: 2 ** 17,
  chunkBytes: 2 ** 11,
  minCopyBytes: 2 ** 11,
  minNearCopyBytes: 2 ** 16,
};
