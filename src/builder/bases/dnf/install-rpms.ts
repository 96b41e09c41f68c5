import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { isForeign } from '../../../host/foreign-programs.ts';
import { observeForeignPrograms } from '../../host-check/observe-foreign-programs.ts';
import { compareText } from '../../inventory/compare-text.ts';
import {
  type DnfCaller,
  importKeyCommand,
  installCommand,
  listInstalledCommand,
} from './dnf-commands.ts';
import { dnfPlaces } from './dnf-places.ts';
import type { DnfRequest, FetchedRpm } from './dnf-request.ts';
import { throwExplained } from './explain-dnf-failure.ts';

/**
 * Installs exactly these packages into an empty root: dnf is given files and no repository, so it has no choice.
 * @returns what packages' scriptlets and rpm complained about, one line each
 * @throws KubeosError BUILD_CHECK_FAILED when a signature is wrong or another set of packages came out
 */
export async function installRpms(
  packages: readonly FetchedRpm[],
  caller: DnfCaller,
): Promise<readonly string[]> {
  const { request, settings, root } = caller;
  const { commands } = request;
  if (isForeign(request.arch)) await assertProgramsRun(request);
  for (const key of settings.keys.values()) {
    await commands.run(importKeyCommand(caller, key));
  }
  const files = await namedFiles(packages, request);
  const install = installCommand(caller, files);
  const { stdout, stderr } = await commands.run(install).catch(throwExplained);
  await checkInstalled(packages, caller);
  await removeEmptyModules(root);
  return complaintsIn(`${stdout}\n${stderr}`);
}

/** Scriptlets are programs of the image. */
async function assertProgramsRun({ arch, commands }: DnfRequest): Promise<void> {
  const { remedy } = await observeForeignPrograms(arch, commands);
  if (remedy === null) return;
  throw new KubeosError('HOST_NOT_READY', `this host cannot run programs for ${arch}`, {
    hint: `packages run programs when they are installed: ${remedy}`,
  });
}

/** dnf takes what ends in .rpm for a file. The names are in byte order, so that installations are alike. */
async function namedFiles(
  packages: readonly FetchedRpm[],
  { workDirectory }: DnfRequest,
): Promise<readonly string[]> {
  const { packages: directory } = dnfPlaces(workDirectory);
  await mkdir(directory);
  const files = packages.map(({ name, version, arch, path: file }) => ({
    file: path.resolve(file),
    named: path.join(directory, `${name}-${version.replace(':', '_')}.${arch}.rpm`),
  }));
  for (const { file, named } of files) await symlink(file, named);
  return files.map(({ named }) => named).toSorted(compareText);
}

async function checkInstalled(packages: readonly FetchedRpm[], caller: DnfCaller): Promise<void> {
  const { stdout } = await caller.request.commands.run(listInstalledCommand(caller));
  // Keys are kept in the database as packages of this name.
  const installed = new Set(
    stdout.split('\n').filter((line) => line !== '' && !line.startsWith('gpg-pubkey\t')),
  );
  const expected = new Set(
    packages.map(({ name, version, arch }) => `${name}\t${version}\t${arch}`),
  );
  const different = installed.symmetricDifference(expected);
  if (different.size === 0) return;
  const names = [...different].map((line) => line.split('\t').join(' ')).join(', ');
  throw new KubeosError('BUILD_CHECK_FAILED', `dnf did not install what was resolved: ${names}`, {
    hint: 'build.log has what dnf said',
  });
}

/** dnf makes this folder in every root; with dnf itself in the image it holds more, and stays. */
async function removeEmptyModules(root: string): Promise<void> {
  const directory = path.join(root, 'etc/dnf');
  const names = await readdir(directory).catch(() => []);
  const isDnfs = names.length === 1 && names[0] === 'modules.d';
  if (isDnfs && (await readdir(path.join(directory, 'modules.d'))).length === 0) {
    await rm(directory, { recursive: true });
  }
}

function complaintsIn(output: string): readonly string[] {
  const lines = output.split('\n').map((line) => line.trim());
  return [
    ...new Set(
      lines.filter((line) =>
        /^(?:warning|error): |scriptlet failed|^Error in .* scriptlet/i.test(line),
      ),
    ),
  ];
}
