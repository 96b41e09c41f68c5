import test from 'ava';
import { fetchThroughFaults } from './random-faults.ts';

test('many random faults end in the right bytes or a clear error, within the budget', async (t) => {
  await fetchThroughFaults(t, 400);
});
