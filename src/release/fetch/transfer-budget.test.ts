import test from 'ava';
import fc from 'fast-check';
import { REQUEST_RESERVE_BYTES, transferBudget } from './transfer-budget.ts';

test('a request that would not fit in is refused before it is sent', (t) => {
  const budget = transferBudget(1_000_000);
  t.notThrows(() => budget.expect(1_000_000 - REQUEST_RESERVE_BYTES));
  budget.add(500_000);
  t.throws(() => budget.expect(500_000), { code: 'NETWORK', message: /budget of 1000000 bytes/ });
  t.is(budget.requests(), 1);
});

test('whatever comes, in reads of at most 64 KiB, the budget is never exceeded', (t) => {
  const reads = fc.array(fc.integer({ min: 1, max: 65_536 }), { maxLength: 200 });
  const property = fc.property(reads, fc.integer({ min: 80_000, max: 2_000_000 }), (sizes, max) => {
    const budget = transferBudget(max);
    try {
      // The body is as long as what comes; a server that sends more ends in an error of HTTP.
      let left = sizes.reduce((sum, size) => sum + size, 0);
      budget.expect(0);
      for (const size of sizes) {
        budget.check(left);
        budget.add(size);
        left -= size;
      }
    } catch {
      // Refused, and stopped there.
    }
    return budget.bytes() <= max;
  });
  t.notThrows(() => fc.assert(property));
});
