/** Where chunks begin, by a 32-bit hash of theirs. Of chunks with one hash the first stays; whoever asks compares bytes. */
export interface ChunkIndex {
  readonly add: (hash: number, offset: number) => void;
  /** @returns an offset, or null */
  readonly find: (hash: number) => number | null;
}

/** A table with open addresses in typed arrays: 24 bytes for each of `capacity` chunks, and no object for any. */
export function chunkIndex(capacity: number): ChunkIndex {
  const slots = 2 ** Math.ceil(Math.log2(2 * capacity + 2));
  const hashes = new Uint32Array(slots);
  const offsets = new Float64Array(slots).fill(-1);
  let count = 0;
  /** The slot with this hash, or the free one where it would go. */
  const slotOf = (hash: number): number => {
    let slot = Math.imul(hash, 0x9e37_79b1) >>> (32 - Math.log2(slots));
    while ((offsets[slot] ?? -1) >= 0 && hashes[slot] !== hash) slot = (slot + 1) % slots;
    return slot;
  };
  return {
    add(hash, offset) {
      const slot = slotOf(hash);
      if ((offsets[slot] ?? -1) >= 0 || count === capacity) return;
      hashes[slot] = hash;
      offsets[slot] = offset;
      count += 1;
    },
    find(hash) {
      const offset = offsets[slotOf(hash)] ?? -1;
      return offset < 0 ? null : offset;
    },
  };
}
