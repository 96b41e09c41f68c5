import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { fetchOnce } from './test-fetch.ts';
import { isImage, putRelease, testImage } from './test-release.ts';
import { originOf, serveFiles } from './origin.ts';

test('a release comes whole from a static web server, in three requests', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  const release = await putRelease(dir.path, testImage(5));
  await using origin = await originOf(serveFiles(dir.path));
  const output = path.join(dir.path, 'out');
  const { digest } = release;
  const report = await fetchOnce({ addresses: [origin.url], digest, output });
  t.true(await isImage(output, release));
  t.is(report.how, 'whole');
  t.is(report.requests, 3);
  t.is(report.blocksWritten, 6);
});
