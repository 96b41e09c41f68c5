import { randomInt } from 'node:crypto';
import test from 'ava';
import { originOf, serveFiles } from './origin.ts';
import { fetchInChild } from './kill-fetch.ts';
import { setting } from './setting.ts';
import { isImage } from './test-release.ts';

test('a fetch that is killed between any two blocks goes on with what is right', async (t) => {
  await using given = await setting(12);
  await using origin = await originOf(serveFiles(given.repository));
  const child = { ...given, address: origin.url };
  for (let kill = 0; kill < 3; kill += 1) {
    await fetchInChild({ ...child, killAfterBlocks: randomInt(1, 4) });
  }
  const last = await fetchInChild(child);
  t.regex(last ?? '', /"blocksReused":[1-9]/);
  t.true(await isImage(given.output, given.release));
});
