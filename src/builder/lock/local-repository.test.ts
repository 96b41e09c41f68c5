import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { ARCHIVE_KEYRING, serveArchive } from '../../../test/serve-archive.ts';
import { KubeosError } from '../../errors.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { aptGet, makeAptRoot } from './apt-root.ts';
import { fetchLockedPackages } from './fetch-locked-packages.ts';
import { writeLocalRepository } from './local-repository.ts';
import { resolveApt } from './resolve-apt.ts';
import type { FetchedPackage } from './fetch-locked-packages.ts';

const { signal } = new AbortController();
const commands = hostCommands({ signal });
const ARCH = { arch: 'amd64' as const, suite: 'test' };

async function fetchWanted(directory: string): Promise<readonly FetchedPackage[]> {
  await using archive = await serveArchive();
  const source = { uri: archive.uri, suites: ['test'], components: ['main'] };
  await using root = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const base = await resolveApt(
    {
      ...ARCH,
      directory: root.path,
      sources: [{ ...source, keyring: ARCHIVE_KEYRING }],
      packages: ['wanted'],
    },
    commands,
  );
  return await fetchLockedPackages({ base, cacheDirectory: path.join(directory, 'cache'), signal });
}

test('apt finds the locked packages and nothing else in it, from a path with a space', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos '));
  const packages = await fetchWanted(work.path);
  const directory = path.join(work.path, 'repository');
  const line = await writeLocalRepository({ directory, suite: 'test', packages }, commands);

  await using root = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  await makeAptRoot({ arch: 'amd64', directory: root.path, sources: [] });
  await writeFile(path.join(root.path, 'etc/sources.list'), `${line}\n`);
  await commands.run(aptGet(root.path, ['update']));
  const wanted = ['?narrow(?codename(^test$),?essential)', 'wanted'];
  const simulation = await commands.run(
    aptGet(root.path, ['install', '--simulate', '--', ...wanted]),
  );
  const installed = simulation.stdout.matchAll(/^Inst (\S+) \((\S+)/gm);
  t.deepEqual(
    [...installed].map(([, name, version]) => `${String(name)} ${String(version)}`).sort(),
    ['always 1.0', 'libplus++ 1:2.0-1+b1', 'wanted 3.1~rc1'],
  );
});

test('the same packages give the same index', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const packages = await fetchWanted(work.path);
  const sums = ['one', 'two'].map(async (name) => {
    const directory = path.join(work.path, name);
    await writeLocalRepository({ directory, suite: 'test', packages }, commands);
    const args = ['Packages', 'Release'];
    return await commands.run({ tool: 'sha256sum', args, workingDirectory: directory });
  });
  const [one, two] = await Promise.all(sums);
  t.is(one?.stdout, two?.stdout);
});

test('refuses a package that is not what the lock calls it', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const packages = await fetchWanted(work.path);
  const renamed = packages.map((one) => ({ ...one, version: one.version.replace('1.0', '1.1') }));
  const directory = path.join(work.path, 'repository');
  const error = await t.throwsAsync(
    writeLocalRepository({ directory, suite: 'test', packages: renamed }, commands),
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'LOCK_MISMATCH');
  t.regex(error.message, /always 1\.1 all, it is always 1\.0 all/);
});
