import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { originOf, serveFiles } from './origin.ts';
import { fetchInChild } from './kill-fetch.ts';
import { setting } from './setting.ts';
import { stripSources } from './strip-sources.ts';
import { isImage } from './test-release.ts';

const FOLDERS = [
  'src',
  'src/disk',
  'src/release',
  'src/release/fetch',
  'src/release/metadata',
  'src/release/pack',
  'src/release/serve',
  'test/release/fetch',
];

test('a process that may compile nothing fetches too', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-jitless-');
  await using given = await setting(3);
  await using origin = await originOf(serveFiles(given.repository));
  await stripSources(FOLDERS, dir.path);
  const script = path.join(dir.path, 'test/release/fetch/fetch-child.js');
  const nodeFlags = ['--jitless'];
  const last = await fetchInChild({ ...given, address: origin.url, script, nodeFlags });
  t.regex(last ?? '', /"how":"whole"/);
  t.true(await isImage(given.output, given.release));
});
