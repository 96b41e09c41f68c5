import fc from 'fast-check';
import test from 'ava';
import { planEviction } from './plan-eviction.ts';

test('as few as are needed go, from the one that nobody used longest; or it never fits', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(100)),
      fc.nat(300),
      fc.nat(300),
      (sizes, neededBytes, limitBytes) => {
        const entries = sizes.map((sizeBytes, index) => ({ path: String(index), sizeBytes }));
        const usedBytes = sizes.reduce((sum, size) => sum + size, 0);
        const victims = planEviction(entries, { usedBytes, neededBytes, limitBytes });
        if (victims === null) return neededBytes > limitBytes;
        const after = (count: number): number =>
          usedBytes - sizes.slice(0, count).reduce((sum, size) => sum + size, 0) + neededBytes;
        const isFirst = victims.every(({ path }, index) => path === String(index));
        const isEnough = after(victims.length) <= limitBytes;
        return (
          isFirst && isEnough && (victims.length === 0 || after(victims.length - 1) > limitBytes)
        );
      },
    ),
  );
  t.pass();
});
