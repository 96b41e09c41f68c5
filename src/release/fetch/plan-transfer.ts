import { mergeRanges, type BlockRun } from './merge-ranges.ts';

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
  /** image.zst from its beginning to its end. */
  | { readonly kind: 'whole'; readonly bytes: number };

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

function planFromImage(needs: TransferNeeds): Exclude<TransferPlan, { kind: 'nothing' | 'pack' }> {
  const { needed, offsets, requestBytes, hasRanges } = needs;
  const whole = offsets.at(-1) ?? 0;
  if (!hasRanges) return { kind: 'whole', bytes: whole };
  const runs = mergeRanges(needed, offsets, requestBytes);
  const bytes = runs.reduce((sum, { startByte, endByte }) => sum + endByte - startByte, 0);
  return bytes === whole ? { kind: 'whole', bytes: whole } : { kind: 'frames', bytes, runs };
}
