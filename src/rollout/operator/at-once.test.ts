import test from 'ava';
import { atOnce } from './at-once.ts';

test('what comes of each is in their order, and no more are under way together than may be', async (t) => {
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  let underWay = 0;
  let most = 0;
  const doubled = await atOnce(numbers, async (number) => {
    most = Math.max(most, (underWay += 1));
    for (let turn = 0; turn <= number % 7; turn += 1) await Promise.resolve();
    underWay -= 1;
    return number * 2;
  });
  t.deepEqual(
    doubled,
    numbers.map((number) => number * 2),
  );
  t.is(most, 16);
});
