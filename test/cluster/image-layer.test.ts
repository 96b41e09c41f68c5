import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { hostCommands } from '../../src/host/run-commands.ts';
import { writeLayer } from '../../src/demo/image/write-layer.ts';

const BUILD = fileURLToPath(new URL('../../tools/build-image.ts', import.meta.url));
const commands = hostCommands({ signal: new AbortController().signal });

test('whoever builds it, and with whatever umask, everybody in a pod can read a layer', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-layer-'));
  const digests: string[] = [];
  for (const [folder, program, file] of [
    [0o755, 0o755, 0o644],
    [0o700, 0o700, 0o600],
    [0o775, 0o775, 0o664],
  ] as const) {
    const place = path.join(work.path, String(folder));
    await mkdir(place);
    await writeFile(path.join(place, 'node'), 'x');
    await writeFile(path.join(place, 'kubeos.js'), 'x');
    await chmod(path.join(place, 'node'), program);
    await chmod(path.join(place, 'kubeos.js'), file);
    await chmod(place, folder);
    digests.push((await writeLayer(place, path.join(work.path, 'blobs'), commands)).sha256);
  }
  t.is(new Set(digests).size, 1);
  const blob = path.join(work.path, 'blobs', digests[0] ?? '');
  const { stdout } = await execa('tar', ['--list', '--verbose', '--gzip', '--file', blob]);
  t.regex(stdout, /^-rw-r--r-- .*kubeos\.js$/m);
  t.regex(stdout, /^-rwxr-xr-x .*node$/m);
});

test('a folder that holds no image is not replaced by one', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-layer-'));
  await writeFile(path.join(work.path, 'disk.raw'), 'x');
  const { stderr, exitCode } = await execa(process.execPath, [BUILD, work.path], { reject: false });
  t.not(exitCode, 0);
  t.regex(stderr, /holds something else than an image/);
});
