/** A file of the cache; entries are listed from the one that nobody used longest. */
export interface CacheEntry {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The files to remove so that so many bytes more fit, least recently used first; null where they never will. */
export function planEviction(
  entries: Iterable<CacheEntry>,
  {
    usedBytes,
    neededBytes,
    limitBytes,
  }: { usedBytes: number; neededBytes: number; limitBytes: number },
): readonly CacheEntry[] | null {
  let excess = usedBytes + neededBytes - limitBytes;
  const victims: CacheEntry[] = [];
  for (const entry of entries) {
    if (excess <= 0) break;
    victims.push(entry);
    excess -= entry.sizeBytes;
  }
  return excess > 0 ? null : victims;
}
