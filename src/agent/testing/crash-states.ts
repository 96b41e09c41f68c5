import { hash } from 'node:crypto';
import type { DiskContent, DiskEvent, Place } from './disk-content.ts';
import { copyContent } from './virtual-disk.ts';

type Write = Extract<DiskEvent, { readonly kind: 'write' }>;

/** A disk as a power cut may have left it. */
export interface CrashState {
  readonly content: DiskContent;
  /** How many events had happened, and which of the writes on their way arrived. */
  readonly description: string;
  readonly events: number;
}

const SECTOR = 512;
const PAGE = 4096;

/**
 * The disks that a cut may leave: after each event, with any of the writes that were not flushed yet lost, the last one
 * torn, and sectors of all of them there or not at random, so many times. What was flushed is there; what came after a flush of another
 * place may be too. No disk is given twice.
 */
export function* crashStates(
  before: DiskContent,
  events: readonly DiskEvent[],
  { rounds }: { readonly rounds: number },
): Generator<CrashState> {
  const seen = new Set<string>();
  for (let count = 0; count <= events.length; count += 1) {
    const done = events.slice(0, count);
    const pending = pendingWrites(done);
    const flushed = writesOf(done).filter((write) => !pending.includes(write));
    for (const { writes, name } of [
      ...arrivals(pending, done.at(-1)),
      ...scattered(pending, { seed: count, rounds }),
    ]) {
      const content = copyContent(before);
      for (const write of [...flushed, ...writes]) apply(content, write);
      const identity = hash('sha256', Buffer.concat(Object.values(content)));
      if (seen.has(identity)) continue;
      seen.add(identity);
      yield {
        content,
        events: count,
        description: `after ${count} of ${events.length} events: ${name}`,
      };
    }
  }
}

interface Arrival {
  readonly writes: readonly Write[];
  readonly name: string;
}

/** Which of the writes on their way arrive. With n of them: all, none, each alone, all but each; and the last one torn. */
function* arrivals(pending: readonly Write[], last: DiskEvent | undefined): Generator<Arrival> {
  yield { writes: pending, name: 'all arrived' };
  if (pending.length === 0) return;
  yield { writes: [], name: 'none arrived' };
  for (const write of pending.length > 1 ? pending : []) {
    yield { writes: [write], name: `only ${nameOf(write)}` };
    const others = pending.filter((other) => other !== write);
    yield { writes: others, name: `all but ${nameOf(write)}` };
  }
  if (last?.kind !== 'write') return;
  const others = pending.filter((write) => write !== last);
  for (const tear of tearsOf(last)) {
    for (const kept of others.length === 0 ? [others] : [others, []]) {
      const name = `${nameOf(last)} torn at ${tear.at}, ${kept.length} others`;
      yield { writes: [...kept, tear.write], name };
    }
  }
}

/** Sectors, or pieces of a block, of all that is on its way, each there or not. */
function* scattered(
  pending: readonly Write[],
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Generator<Arrival> {
  const pieces = pending.flatMap(piecesOf);
  for (let round = 0; pieces.length > 1 && round < rounds; round += 1) {
    const coin = coinOf(`${seed} ${round}`);
    yield { writes: pieces.filter(coin), name: `some of ${pieces.length} pieces, round ${round}` };
  }
}

function piecesOf(write: Write): Write[] {
  const length = write.bytes.length <= PAGE ? SECTOR : PAGE;
  return Array.from({ length: Math.ceil(write.bytes.length / length) }, (_, index) => {
    const bytes = write.bytes.subarray(index * length, (index + 1) * length);
    return { ...write, position: write.position + index * length, bytes };
  });
}

/** The same throws for the same seed, in every run; how many heads there are differs from seed to seed. */
function coinOf(seed: string): () => boolean {
  const bytes = hash('sha512', seed, 'buffer');
  const share = bytes.readUInt8(0);
  let count = 0;
  return () => {
    count += 1;
    return hash('sha256', `${seed} ${count}`, 'buffer').readUInt8(0) < share;
  };
}

/** Sectors reach a disk whole, in any order: a beginning or an end of the write is there. */
function* tearsOf(write: Write): Generator<{ readonly at: string; readonly write: Write }> {
  for (const at of tearPlaces(write.bytes.length)) {
    yield { at: `${at}, beginning`, write: { ...write, bytes: write.bytes.subarray(0, at) } };
    const position = write.position + at;
    yield { at: `${at}, end`, write: { ...write, position, bytes: write.bytes.subarray(at) } };
  }
}

function tearPlaces(length: number): number[] {
  const step = length <= PAGE ? SECTOR : PAGE;
  const places: number[] = [];
  for (let at = step; at < length; at += step) places.push(at);
  return places;
}

/** Writes since the last flush of their own place: a flush of one file says nothing of another. */
function pendingWrites(events: readonly DiskEvent[]): Write[] {
  const pending = new Map<Place, Write[]>();
  for (const event of events) {
    if (event.kind === 'flush') pending.delete(event.place);
    else pending.set(event.place, [...(pending.get(event.place) ?? []), event]);
  }
  return [...pending.values()].flat();
}

const writesOf = (events: readonly DiskEvent[]): Write[] =>
  events.filter((event) => event.kind === 'write');

function apply(content: DiskContent, { place, position, bytes }: Write): void {
  content[place].set(bytes, position);
}

const nameOf = ({ place, position }: Write): string => `${place}@${position}`;
