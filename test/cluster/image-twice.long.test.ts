import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';

const BUILD = fileURLToPath(new URL('../../tools/build-image.ts', import.meta.url));
const commands = hostCommands({ signal: new AbortController().signal });

test('the same sources and packages give the same image, in whatever folder it is made', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-image-'));
  const digests: string[] = [];
  for (const name of ['one', 'another']) {
    const args = [BUILD, path.join(work.path, name, 'image')];
    digests.push((await commands.run({ tool: process.execPath, args })).stdout);
  }
  t.is(digests[0], digests[1]);
});

test('for a Dockerfile the files of each layer are a folder', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-image-'));
  const folder = path.join(work.path, 'files');
  await commands.run({ tool: process.execPath, args: [BUILD, '--files', folder] });
  t.deepEqual((await readdir(folder)).toSorted(), ['kubeos', 'node', 'system']);
  const node = path.join(folder, 'node/usr/bin/node');
  t.regex((await commands.run({ tool: node, args: ['--version'] })).stdout, /^v26/);
});
