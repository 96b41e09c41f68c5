import test from 'ava';
import { SECTOR } from '../../disk/layout.ts';
import { installRelease } from './install-release.ts';
import type { InstallPlan } from './plan-install.ts';
import { UNFINISHED } from './read-content.ts';
import { chunksOf, IMAGE, LEAST, planFor, RECORDED } from './testing/file-disk.ts';

/** What happens to a disk, in order; `persist` is another program, which flushes for itself. */
type DiskEvent =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'flush' | 'persist' | 'read' };

/** Installs to a disk in memory. */
async function eventsOf(plan: InstallPlan): Promise<DiskEvent[]> {
  const events: DiskEvent[] = [];
  const memory = Buffer.alloc(LEAST);
  const disk = {
    ...{ address: 'memory', size: LEAST },
    read: async () => undefined,
    write: async (written: Uint8Array, position: number) => {
      const bytes = Buffer.from(written);
      memory.set(bytes, position);
      events.push({ kind: 'write', position, bytes });
    },
    flush: async () => void events.push({ kind: 'flush' }),
  };
  await installRelease({
    ...{ plan, image: chunksOf(IMAGE), expected: RECORDED.image },
    target: {
      disk,
      async *readBack({ offset, length }) {
        events.push({ kind: 'read' });
        yield memory.subarray(offset, offset + length);
      },
      makePersist: async () => void events.push({ kind: 'persist' }),
    },
    signal: new AbortController().signal,
    report: () => undefined,
  });
  return events;
}

const isFirstSector = (event: DiskEvent): boolean =>
  event.kind === 'write' && event.position < SECTOR;

test('before anything else changes it is stored that the disk is not finished', async (t) => {
  const [first, second] = await eventsOf(planFor(LEAST));
  t.deepEqual(first, { kind: 'write', position: 0, bytes: UNFINISHED });
  t.deepEqual(second, { kind: 'flush' });
});

test('the sector that makes it boot is written once, alone, when all else is stored and was read back', async (t) => {
  const plan = planFor(LEAST);
  const events = await eventsOf(plan);
  const last = events.findLastIndex(isFirstSector);
  t.is(events.filter(isFirstSector).length, 2);
  const before = events.slice(0, last);
  const flushed = before.findLastIndex(({ kind }) => kind === 'flush');
  t.true(before.slice(flushed).every(({ kind }) => kind !== 'write' && kind !== 'persist'));
  t.deepEqual(
    events.slice(last).map(({ kind }) => kind),
    ['write', 'flush', 'read'],
  );
  t.deepEqual(events[last], {
    ...{ kind: 'write', position: 0, bytes: Buffer.from(plan.firstSector.bytes) },
  });
});

test('what was cleared is stored before another program makes PERSIST', async (t) => {
  const events = await eventsOf(planFor(LEAST));
  const persist = events.findIndex(({ kind }) => kind === 'persist');
  t.is(events[persist - 1]?.kind, 'flush');
});

test('nothing is read back before it is stored', async (t) => {
  const events = await eventsOf(planFor(LEAST));
  events.forEach(({ kind }, index) => {
    if (kind === 'read') t.regex(events[index - 1]?.kind ?? '', /flush|read/);
  });
});
