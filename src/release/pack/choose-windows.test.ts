import test from 'ava';
import fc from 'fast-check';
import { chooseWindows } from './choose-windows.ts';
import type { Hint } from './find-stretches.ts';

const LIMITS = { baseBytes: 10_000_000, windowBytes: 2 ** 18, candidates: 2 };
const PIECE = { start: 1_000_000, bytes: 100_000 };

test('the window lies around the place that what is beside the piece came from', (t) => {
  const hints: readonly Hint[] = [{ start: 900_000, bytes: 100_000, diagonal: 5_000_000 }];
  const [window, ...others] = chooseWindows(PIECE, hints, LIMITS);
  t.deepEqual(others, []);
  t.is(window?.bytes, 2 ** 18);
  t.is(window?.offset, 6_000_000 - (2 ** 18 - 100_000) / 2);
});

test('most in common and nearest comes first; places that one window covers count once', (t) => {
  const hints: readonly Hint[] = [
    { start: 800_000, bytes: 5000, diagonal: 5_000_000 },
    { start: 1_010_000, bytes: 4000, diagonal: 10_000 },
    { start: 1_030_000, bytes: 4000, diagonal: 9000 },
    { start: 1_200_000, bytes: 9000, diagonal: -500_000 },
  ];
  const offsets = chooseWindows(PIECE, hints, LIMITS).map(({ offset }) => offset);
  t.is(offsets.length, 2);
  t.true((offsets[0] ?? 0) > 900_000 && (offsets[0] ?? 0) < 1_000_000);
  t.true((offsets[1] ?? 0) > 400_000 && (offsets[1] ?? 0) < 500_000);
});

test('where nothing is known, no window is proposed', (t) => {
  t.deepEqual(chooseWindows(PIECE, [], LIMITS), []);
});

test('windows lie inside the base', (t) => {
  const hint = fc.record({
    start: fc.nat(3_000_000),
    bytes: fc.integer({ min: 1, max: 300_000 }),
    diagonal: fc.integer({ min: -5_000_000, max: 5_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(hint, { maxLength: 20 }), fc.nat(3_000_000), (hints, baseBytes) => {
      const sorted = hints.toSorted((a, b) => a.start - b.start);
      for (const { offset, bytes } of chooseWindows(PIECE, sorted, { ...LIMITS, baseBytes })) {
        t.true(offset >= 0 && bytes >= 8 && bytes <= LIMITS.windowBytes);
        t.true(offset + bytes <= baseBytes);
      }
    }),
  );
});
