import { mkdtempDisposable } from 'node:fs/promises';
import test from 'ava';
import { originOf, serveFiles } from './origin.ts';
import { fetchInChild } from './kill-fetch.ts';
import { setting } from './setting.ts';
import { stripSources } from './strip-sources.ts';
import { isImage } from './test-release.ts';

test('a process that may compile nothing fetches too', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-jitless-');
  await using given = await setting(3);
  await using origin = await originOf(serveFiles(given.repository));
  const script = await stripSources('test/release/fetch/fetch-child.ts', dir.path);
  const nodeFlags = ['--jitless'];
  const last = await fetchInChild({ ...given, address: origin.url, script, nodeFlags });
  t.regex(last ?? '', /"how":"whole"/);
  t.true(await isImage(given.output, given.release));
});
