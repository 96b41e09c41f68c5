import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { inNamespace } from '../../host/in-namespace.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { openWorkDirectory, workDirectoryOf } from './work-directory.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('it is there while it is open and gone afterwards', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  {
    await using work = await openWorkDirectory(workDirectoryOf(directory.path), commands);
    await t.notThrowsAsync(access(work.path));
    await writeFile(path.join(work.path, 'half'), 'half');
  }
  t.deepEqual(await readdir(directory.path), []);
});

test('what a dead build left is removed, whatever its process was called', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  const place = workDirectoryOf(directory.path);
  await mkdir(path.join(place, 'tree'), { recursive: true });
  // A process of the same number, as in a container that was started again.
  await mkdir(`${place}-${process.pid}`);
  await using work = await openWorkDirectory(place, commands);
  t.deepEqual(await readdir(directory.path), [path.basename(work.path)]);
  t.deepEqual(await readdir(work.path), []);
});

test('files of others that are called like artifacts are not replaced; those of a build are', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  const place = workDirectoryOf(directory.path);
  await mkdir(path.join(directory.path, 'release'));
  await writeFile(path.join(directory.path, 'build.json'), '{}');
  const open = async (): Promise<void> => {
    await using _ = await openWorkDirectory(place, commands);
  };
  await t.throwsAsync(open, { code: 'USAGE', message: /has build\.json, release, which no build/ });
  t.deepEqual((await readdir(directory.path)).toSorted(), ['build.json', 'release']);
  await writeFile(path.join(directory.path, 'SHA256SUMS'), '');
  await t.notThrowsAsync(open);
});

test('a folder where another build works is refused, also one of another PID namespace', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-work-'));
  const place = workDirectoryOf(directory.path);
  const program = `
    import { openWorkDirectory } from '${import.meta.resolve('./work-directory.ts')}';
    await openWorkDirectory(process.argv[1], { run: async () => undefined });
    process.stdout.write(String(process.pid));
    setInterval(() => undefined, 1000);`;
  const args = ['--input-type=module', '--eval', program, place];
  const inside = inNamespace({ tool: process.execPath, args });
  const other = spawn(inside.tool, inside.args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.is(String(await once(other.stdout, 'data')), '1');
  await t.throwsAsync(openWorkDirectory(place, commands), {
    code: 'USAGE',
    message: /another build/,
  });
  t.deepEqual(await readdir(directory.path), [path.basename(place)]);
  other.kill('SIGKILL');
  await once(other, 'close');
});
