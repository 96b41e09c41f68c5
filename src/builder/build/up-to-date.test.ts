import { appendFile, mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { findUpToDate, rememberBuild, type BuildSummary } from './up-to-date.ts';

const summary: BuildSummary = {
  ...{ name: 'node', version: '1.0.0', arch: 'amd64', digest: 'sha256:1', kernelVersion: '6.12' },
  artifacts: ['release', 'disk.raw', 'oci'],
};

const touches = test.macro(
  async (t, touch: (directory: string) => Promise<void>, isUpToDate: boolean) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-state-'));
    const outputDirectory = path.join(directory.path, 'out');
    await mkdir(path.join(outputDirectory, 'release'), { recursive: true });
    await mkdir(path.join(outputDirectory, 'oci/blobs/sha256'), { recursive: true });
    for (const name of ['release/manifest.json', 'disk.raw', 'oci/blobs/sha256/1']) {
      await writeFile(path.join(outputDirectory, name), name);
    }
    await rememberBuild({ outputDirectory, workDirectory: directory.path }, 'key', summary);
    await touch(outputDirectory);
    const found = await findUpToDate(outputDirectory, 'key');
    t.deepEqual(found, isUpToDate ? summary : undefined);
  },
);

test('what nobody touched is up to date', touches, async () => undefined, true);

test(
  'a file of an artifact that was written again, with as many bytes',
  touches,
  async (out) => await writeFile(path.join(out, 'release/manifest.json'), 'release/MANIFEST.json'),
  false,
);

test(
  'a file deep in a folder that grew',
  touches,
  async (out) => await appendFile(path.join(out, 'oci/blobs/sha256/1'), 'more'),
  false,
);

test(
  'a file that is gone from a folder',
  touches,
  async (out) => await rm(path.join(out, 'oci/blobs/sha256/1')),
  false,
);

test(
  'a file that came to a folder',
  touches,
  async (out) => await writeFile(path.join(out, 'release/new'), ''),
  false,
);

test(
  'an artifact that is gone',
  touches,
  async (out) => await rm(path.join(out, 'disk.raw')),
  false,
);

test(
  'what lies beside the artifacts is nobody’s business',
  touches,
  async (out) => await writeFile(path.join(out, 'notes.txt'), ''),
  true,
);
