import test from 'ava';
import { killBuilds } from './kill-builds.ts';

test('a build killed at 20 random moments leaves nothing behind, and the next one works', async (t) => {
  await killBuilds(t, 20);
});
