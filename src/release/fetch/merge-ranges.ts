/** Blocks `first` (included) to `end` (excluded), whose frames lie side by side in image.zst. */
export interface BlockRun {
  readonly first: number;
  readonly end: number;
  /** Where its frames are in image.zst, end excluded. */
  readonly startByte: number;
  readonly endByte: number;
}

/** Where each frame begins in image.zst, and at last where the file ends. */
export function frameOffsets(
  blocks: readonly { readonly frameBytes: number }[],
): readonly number[] {
  const offsets = [0];
  let position = 0;
  for (const { frameBytes } of blocks) offsets.push((position += frameBytes));
  return offsets;
}

/**
 * As few requests as make sense for some blocks: where less than `gapBytes` lie between two of them, fetching what is
 * between costs less than another request.
 *
 * @param needed indices in rising order
 */
export function mergeRanges(
  needed: readonly number[],
  offsets: readonly number[],
  gapBytes: number,
): readonly BlockRun[] {
  const runs: BlockRun[] = [];
  for (const index of needed) {
    const startByte = offsets[index] ?? 0;
    const own = { first: index, end: index + 1, startByte, endByte: offsets[index + 1] ?? 0 };
    const last = runs.at(-1);
    if (last !== undefined && startByte - last.endByte <= gapBytes) {
      runs[runs.length - 1] = { ...last, end: own.end, endByte: own.endByte };
    } else {
      runs.push(own);
    }
  }
  return runs;
}
