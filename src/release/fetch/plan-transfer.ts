import { mergeRanges, type BlockRun } from './merge-ranges.ts';

/** A request costs about what 64 KiB cost at 10 Mbit/s and 50 ms. */
export const REQUEST_BYTES = 2 ** 16;

export interface TransferNeeds {
  /** Blocks that neither target nor base has, in rising order. */
  readonly needed: readonly number[];
  /** Where each frame begins in image.zst, and at last where the file ends. */
  readonly offsets: readonly number[];
  /** Bytes of the delta pack that are still to be read, or null where none fits. */
  readonly packBytes: number | null;
  /** What a request costs, in bytes that could come in its time. Nearer frames are fetched with what is between. */
  readonly requestBytes: number;
  /** False where the server sends only whole files. */
  readonly hasRanges: boolean;
}

/** How to get what is missing, with the bytes of bodies that it takes. */
export type TransferPlan =
  | { readonly kind: 'nothing'; readonly bytes: 0 }
  | { readonly kind: 'pack'; readonly bytes: number }
  | { readonly kind: 'frames'; readonly bytes: number; readonly runs: readonly BlockRun[] }
  /** image.zst from its beginning on, to the end of the last frame that is needed. */
  | { readonly kind: 'whole'; readonly bytes: number; readonly runs: readonly [BlockRun] };

/** The arithmetic of contract section 4: the fewest bytes that are still needed, a request counted as some. */
export function planTransfer(needs: TransferNeeds): TransferPlan {
  const { needed, packBytes, requestBytes } = needs;
  if (needed.length === 0) return { kind: 'nothing', bytes: 0 };
  const fromImage = planFromImage(needs);
  const requests = fromImage.kind === 'frames' ? fromImage.runs.length : 1;
  const imageCost = fromImage.bytes + requests * requestBytes;
  // Two requests: the table of the pack, and what follows it.
  const packCost = packBytes === null ? Infinity : packBytes + 2 * requestBytes;
  if (packBytes !== null && packCost < imageCost) return { kind: 'pack', bytes: packBytes };
  return fromImage;
}

/** What is needed as frames of image.zst, of which at least one is. */
export function planFromImage(
  needs: Omit<TransferNeeds, 'packBytes'>,
): TransferPlan & { readonly kind: 'frames' | 'whole' } {
  const { needed, offsets, requestBytes, hasRanges } = needs;
  if (!hasRanges) return wholeUntil((needed.at(-1) ?? 0) + 1, offsets);
  const runs = mergeRanges(needed, offsets, requestBytes);
  const bytes = runs.reduce((sum, { startByte, endByte }) => sum + endByte - startByte, 0);
  const last = offsets.length - 1;
  return bytes === offsets[last] ? wholeUntil(last, offsets) : { kind: 'frames', bytes, runs };
}

function wholeUntil(
  end: number,
  offsets: readonly number[],
): TransferPlan & { readonly kind: 'whole' } {
  const bytes = offsets[end] ?? 0;
  return { kind: 'whole', bytes, runs: [{ first: 0, end, startByte: 0, endByte: bytes }] };
}
