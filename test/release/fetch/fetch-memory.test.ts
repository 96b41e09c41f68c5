import { randomBytes } from 'node:crypto';
import test from 'ava';
import { setting } from './setting.ts';
import { fetchOnce } from './test-fetch.ts';
import { isImage, MIB, putRelease } from './test-release.ts';

test('a few blocks are in memory at once, however many there are', async (t) => {
  await using given = await setting(1);
  const release = await putRelease(given.repository, randomBytes(64 * MIB), '2.0.0');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  await fetchOnce({
    digest: release.digest,
    output: given.output,
    addresses: [given.repository],
    more: {
      onProgress: () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      },
    },
  });
  t.true(most < 12 * MIB, `${most} bytes`);
  t.true(await isImage(given.output, release));
});
