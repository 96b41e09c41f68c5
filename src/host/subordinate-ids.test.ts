import test from 'ava';
import { parseSubordinateIds } from './subordinate-ids.ts';

const text = 'builder:100000:65536\nroot:1000000:65536\n1001:200000:1000\nbroken\n';

test('finds a range by name or by number, and never another user’s', (t) => {
  t.deepEqual(parseSubordinateIds(text, { username: 'root', uid: 0 }), {
    first: 1_000_000,
    count: 65_536,
  });
  t.deepEqual(parseSubordinateIds(text, { username: 'ada', uid: 1001 }), {
    first: 200_000,
    count: 1000,
  });
  t.is(parseSubordinateIds(text, { username: 'eve', uid: 7 }), undefined);
});
