import test from 'ava';
import fc from 'fast-check';
import { frameOffsets, mergeRanges } from './merge-ranges.ts';
import { planTransfer } from './plan-transfer.ts';

/** An image of some frames, some of which are needed. */
const needs = fc
  .array(
    fc.record({ frameBytes: fc.integer({ min: 1, max: 1_000_000 }), isNeeded: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((frames) => ({
    offsets: frameOffsets(frames),
    needed: frames.flatMap(({ isNeeded }, index) => (isNeeded ? [index] : [])),
  }));
const gap = fc.integer({ min: 0, max: 2_000_000 });
const packs = fc.option(fc.integer({ min: 1, max: 20_000_000 }));

const bytesOf = (offsets: readonly number[], index: number): number =>
  (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);

test('merged ranges hold every needed frame, in order, apart, and gaps no longer than allowed', (t) => {
  const property = fc.property(needs, gap, ({ offsets, needed }, gapBytes) => {
    const runs = mergeRanges(needed, offsets, gapBytes);
    const covered = new Set(runs.flatMap(({ first, end }) => range(first, end)));
    const isApart = runs.every(({ startByte }, index) => {
      const before = runs[index - 1];
      return before === undefined || startByte - before.endByte > gapBytes;
    });
    const isFramed = runs.every(
      ({ first, end, startByte, endByte }) =>
        startByte === offsets[first] && endByte === offsets[end] && needed.includes(first),
    );
    return isApart && isFramed && needed.every((index) => covered.has(index));
  });
  t.notThrows(() => fc.assert(property));
});

test('without gaps exactly the needed frames are fetched', (t) => {
  const property = fc.property(needs, ({ offsets, needed }) => {
    const plan = planTransfer({
      needed,
      offsets,
      packBytes: null,
      requestBytes: 0,
      hasRanges: true,
    });
    return plan.bytes === needed.reduce((sum, index) => sum + bytesOf(offsets, index), 0);
  });
  t.notThrows(() => fc.assert(property));
});

test('no other way would cost less, requests counted', (t) => {
  const property = fc.property(
    needs,
    gap,
    packs,
    ({ offsets, needed }, requestBytes, packBytes) => {
      const plan = planTransfer({ needed, offsets, packBytes, requestBytes, hasRanges: true });
      const requests = plan.kind === 'frames' ? plan.runs.length : plan.kind === 'pack' ? 2 : 1;
      const cost = plan.kind === 'nothing' ? 0 : plan.bytes + requests * requestBytes;
      const alone = needed.reduce((sum, index) => sum + bytesOf(offsets, index) + requestBytes, 0);
      const whole = (offsets.at(-1) ?? 0) + requestBytes;
      const byPack = packBytes === null ? Infinity : packBytes + 2 * requestBytes;
      return cost <= Math.min(alone, whole, byPack);
    },
  );
  t.notThrows(() => fc.assert(property));
});

test('a server without Range gives the image up to the last needed frame, or a pack that is smaller', (t) => {
  const property = fc.property(needs, packs, ({ offsets, needed }, packBytes) => {
    const plan = planTransfer({ needed, offsets, packBytes, requestBytes: 0, hasRanges: false });
    const last = needed.at(-1);
    if (last === undefined) return plan.kind === 'nothing';
    return plan.kind === 'pack' || (plan.kind === 'whole' && plan.bytes === offsets[last + 1]);
  });
  t.notThrows(() => fc.assert(property));
});

function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
