import test from 'ava';
import fc from 'fast-check';
import { closestWord, editDistance } from './closest-word.ts';

test('a slip of the finger leads to the word that was meant', (t) => {
  t.is(closestWord('enabel', ['enable', 'disable', 'mask']), 'enable');
  t.is(closestWord('PACKAGES', ['packages']), 'packages');
  t.is(closestWord('bananas', ['enable', 'disable', 'mask']), undefined);
});

test('the distance is that of single edits and swaps, the same in both directions', (t) => {
  t.is(editDistance('', 'abc'), 3);
  t.is(editDistance('ab', 'ba'), 1);
  t.is(editDistance('kitten', 'sitting'), 3);
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      t.is(editDistance(a, a), 0);
      t.is(editDistance(a, b), editDistance(b, a));
      t.true(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});
