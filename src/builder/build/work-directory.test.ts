import { access, mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { openWorkDirectory, workDirectoryOf } from './work-directory.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('it is there while it is open and gone afterwards', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  const place = workDirectoryOf(directory.path, process.pid);
  {
    await using work = await openWorkDirectory(place, commands);
    await t.notThrowsAsync(access(work.path));
    await writeFile(path.join(work.path, 'half'), 'half');
  }
  t.deepEqual(await readdir(directory.path), []);
});

test('what a dead build left is removed, a living one’s is not', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  const dead = spawnSync('true').pid;
  await mkdir(workDirectoryOf(directory.path, dead));
  await mkdir(workDirectoryOf(directory.path, process.ppid));
  await using work = await openWorkDirectory(
    workDirectoryOf(directory.path, process.pid),
    commands,
  );
  t.deepEqual(
    (await readdir(directory.path)).toSorted(),
    [path.basename(work.path), `.kubeos-work-${process.ppid}`].toSorted(),
  );
});
