import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import test from 'ava';
import { originOf, serveFiles } from './origin.ts';
import { fetchInChild } from './kill-fetch.ts';
import { setting } from './setting.ts';
import { isImage } from './test-release.ts';

test('killed at a hundred random points, then resumed: the right bytes', async (t) => {
  await using given = await setting(24);
  await using origin = await originOf(serveFiles(given.repository));
  const child = { ...given, address: origin.url };
  let kills = 0;
  while (kills < 100) {
    const killAfterMs = randomInt(100, 900);
    const last = await fetchInChild({ ...child, killAfterMs, killAfterBlocks: randomInt(1, 30) });
    if (last === null) {
      kills += 1;
      continue;
    }
    t.true(await isImage(given.output, given.release));
    await rm(given.output);
  }
  await fetchInChild(child);
  t.true(await isImage(given.output, given.release));
});
