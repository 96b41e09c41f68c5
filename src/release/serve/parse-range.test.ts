import fc from 'fast-check';
import test from 'ava';
import { parseRange } from './parse-range.ts';

test('any field gives the whole, a part inside the content, or a refusal', (t) => {
  const field = fc.oneof(
    fc.string(),
    fc.stringMatching(/^bytes=[0-9,\- ]*$/),
    fc.tuple(fc.nat(), fc.nat()).map(([first, last]) => `bytes=${first}-${last}`),
  );
  fc.assert(
    fc.property(field, fc.nat(1000), (text, size) => {
      const range = parseRange(text, size);
      if (range.kind !== 'part') return true;
      const { start, end } = range.span;
      return 0 <= start && start < end && end <= size;
    }),
  );
  t.pass();
});

test('a range inside the content is exactly that', (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), (a, b, more) => {
      const [first, last] = a < b ? [a, b] : [b, a];
      const range = parseRange(`bytes=${first}-${last}`, last + 1 + more);
      return range.kind === 'part' && range.span.start === first && range.span.end === last + 1;
    }),
  );
  t.pass();
});

test('an empty file is always whole', (t) => {
  t.deepEqual(parseRange('bytes=0-', 0), { kind: 'whole' });
});

test('a number of any length is a number', (t) => {
  const most = '9223372036854775807';
  t.deepEqual(parseRange(`bytes=10-${most}`, 100), { kind: 'part', span: { start: 10, end: 100 } });
  t.deepEqual(parseRange(`bytes=-${most}`, 100), { kind: 'part', span: { start: 0, end: 100 } });
  t.deepEqual(parseRange(`bytes=${most}-`, 100), { kind: 'unsatisfiable' });
  t.is(parseRange(`bytes=${'9'.repeat(400)}-${'9'.repeat(500)}`, 100).kind, 'unsatisfiable');
});
