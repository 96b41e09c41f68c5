import { SECTOR } from '../../src/disk/layout.ts';

/** One write that reached the disk's cache, and whether a flush came right behind it. */
export interface RecordedWrite {
  readonly sector: number;
  readonly bytes: Uint8Array;
  readonly isFlushed: boolean;
}

/** What of the writes is on the disk after a cut, in whole sectors; a disk writes a sector whole or not at all. */
export interface CrashState {
  readonly name: string;
  readonly sectors: ReadonlyMap<number, Uint8Array>;
}

interface Part {
  readonly name: string;
  readonly sectors: readonly (readonly [number, Uint8Array])[];
}

/**
 * Every state that a cut can leave: all flushed writes, and of those since the last flush any subset, with
 * each write of several sectors also torn (only its first, or only its last sectors).
 */
export function* crashStates(writes: readonly RecordedWrite[]): Generator<CrashState> {
  let settled: Part[] = [];
  let pending: RecordedWrite[] = [];
  let count = 0;
  for (const write of writes) {
    pending.push(write);
    count += 1;
    for (const parts of subsets(pending)) {
      const name = `after write ${count}: ${parts.map((part) => part.name).join(', ')}`;
      yield { name, sectors: merge([...settled, ...parts]) };
    }
    if (!write.isFlushed) continue;
    settled = [...settled, ...pending.map(whole)];
    pending = [];
  }
}

/** The cache may write in any order, so a lost write does not mean that later ones are lost. */
function* subsets(writes: readonly RecordedWrite[]): Generator<Part[]> {
  const [first, ...rest] = writes;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const others of subsets(rest)) {
    for (const part of partsOf(first)) yield [part, ...others];
  }
}

function* partsOf(write: RecordedWrite): Generator<Part> {
  const { sectors } = whole(write);
  yield { name: `nothing of ${write.sector}`, sectors: [] };
  yield whole(write);
  for (let kept = 1; kept < sectors.length; kept += 1) {
    yield { name: `first ${kept} of ${write.sector}`, sectors: sectors.slice(0, kept) };
    yield { name: `last ${kept} of ${write.sector}`, sectors: sectors.slice(-kept) };
  }
}

function whole({ sector, bytes }: RecordedWrite): Part {
  const count = bytes.length / SECTOR;
  const sectors = Array.from({ length: count }, (_, index): [number, Uint8Array] => [
    sector + index,
    bytes.subarray(index * SECTOR, (index + 1) * SECTOR),
  ]);
  return { name: `all of ${sector}`, sectors };
}

function merge(parts: readonly Part[]): ReadonlyMap<number, Uint8Array> {
  return new Map(parts.flatMap((part) => part.sectors));
}
