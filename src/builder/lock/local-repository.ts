import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { allEnded } from '../build/all-ended.ts';
import { KubeosError } from '../../errors.ts';
import { parseStanzas } from '../inventory/parse-stanzas.ts';
import type { Command, Commands } from '../../host/commands.ts';
import type { FetchedPackage } from './fetch-locked-packages.ts';

export interface LocalRepository {
  /** Made anew; the caller removes it. */
  readonly directory: string;
  readonly suite: string;
  readonly packages: readonly FetchedPackage[];
}

/**
 * Writes a flat repository that holds the fetched packages and nothing else, so that whoever installs from
 * it has no choice. Returns its line for a sources list. It is trusted without a signature: the SHA-256 of
 * every package was checked against the lock, and the index is made here from the packages themselves.
 * @throws KubeosError LOCK_MISMATCH when a package is not what the lock calls it
 */
export async function writeLocalRepository(
  repository: LocalRepository,
  commands: Commands,
): Promise<string> {
  const { directory, packages } = repository;
  await mkdir(directory);
  const controls = await observeControls(packages, commands);
  const stanzas = packages.map((one, index) => indexStanza(one, controls[index] ?? ''));
  const index = Buffer.from(stanzas.join('\n'));
  for (const one of packages) await symlink(one.path, path.join(directory, fileName(one)));
  await writeFile(path.join(directory, 'Packages'), index);
  await writeFile(path.join(directory, 'Release'), releaseFile(repository, index));
  // The copy method, because apt reads it from outside the tree and dpkg installs from inside.
  const { pathname } = pathToFileURL(path.resolve(directory));
  return `deb [trusted=yes] copy:${pathname} ./`;
}

/** Each package's control paragraph, in order. dpkg-deb takes one file at a time, so each processor gets its share. */
async function observeControls(
  packages: readonly FetchedPackage[],
  commands: Commands,
): Promise<readonly string[]> {
  const share = Math.ceil(packages.length / availableParallelism());
  const shares = Array.from({ length: availableParallelism() }, (_, index) =>
    packages.slice(index * share, (index + 1) * share),
  ).filter((one) => one.length > 0);
  const found = await allEnded(shares.map(async (one) => await readControls(one, commands)));
  return found.flat();
}

async function readControls(
  packages: readonly FetchedPackage[],
  commands: Commands,
): Promise<readonly string[]> {
  const { stdout } = await commands.run(controlsCommand(packages.map((one) => one.path)));
  return stdout.split(/^(?=Package:)/m);
}

export function controlsCommand(files: readonly string[]): Command {
  const args = ['--null', '--max-args=1', 'dpkg-deb', '--field'];
  return { tool: 'xargs', args, input: files.join('\0'), isQuiet: true };
}

function indexStanza(one: FetchedPackage, control: string): string {
  const fields = parseStanzas(control)[0];
  const found = ['Package', 'Version', 'Architecture'].map((name) => fields?.get(name) ?? '');
  const expected = [one.name, one.version, one.arch];
  if (found.join(' ') !== expected.join(' ')) {
    const message = `the lock calls ${one.sha256} ${expected.join(' ')}, it is ${found.join(' ')}`;
    throw new KubeosError('LOCK_MISMATCH', message, { hint: 'run `kubeos lock` to write it anew' });
  }
  return [
    control.trimEnd(),
    `Filename: ./${fileName(one)}`,
    `Size: ${String(one.size)}`,
    `SHA256: ${one.sha256}`,
    '',
  ].join('\n');
}

function fileName(one: FetchedPackage): string {
  return `${one.sha256}.deb`;
}

/** With the suite's name, since mmdebstrap chooses its Essential packages by it. */
function releaseFile({ suite }: LocalRepository, index: Buffer): string {
  const sha256 = createHash('sha256').update(index).digest('hex');
  return [
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    'Date: Thu, 01 Jan 1970 00:00:00 UTC',
    'SHA256:',
    ` ${sha256} ${String(index.length)} Packages`,
    '',
  ].join('\n');
}
