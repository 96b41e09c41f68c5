import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Arch } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { Command, CommandResult, Commands } from '../../host/commands.ts';
import { grubModuleDirectory, type Firmware } from '../grub/grub-image.ts';
import type { BootParts, InstalledPackage } from './installed-package.ts';
import { distributionOf } from './inventory.ts';
import { parseOsRelease } from './parse-os-release.ts';
import { parseRpmQuery, RPM_QUERY_FORMAT } from './parse-rpm-query.ts';

export interface BootRequest {
  readonly arch: Arch;
  readonly firmware: readonly Firmware[];
}

/**
 * The packages of this host whose GRUB goes onto BOOT. It is not in the root file system, so the image's own package
 * database does not know of it. Undefined where this host does not know either.
 */
export async function readBootPackages(
  request: BootRequest,
  commands: Commands,
): Promise<BootParts | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { id, versionId } = distributionOf(parseOsRelease(text, '/etc/os-release'));
  const found = await Promise.all(
    bootFiles(request).map(async (file) => await ownerOf(file, commands)),
  );
  const packages = found.filter((one) => one !== undefined);
  // RPM systems may have the modules for UEFI and BIOS in one package.
  const unique = [...new Map(packages.map((one) => [one.name, one])).values()];
  return unique.length === 0 ? undefined : { distribution: { id, versionId }, packages: unique };
}

/** Of each package of GRUB's modules, a file that it always has. */
export function bootFiles({ arch, firmware }: BootRequest): readonly string[] {
  return firmware.map((kind) =>
    path.join(grubModuleDirectory({ firmware: kind, arch }), 'normal.mod'),
  );
}

async function ownerOf(file: string, commands: Commands): Promise<InstalledPackage | undefined> {
  const search = await resultOf(findDebOwner(file), commands);
  const name = /^([^\s:,]+)(?::[^\s:,]+)?: /m.exec(search?.stdout ?? '')?.[1];
  if (name !== undefined) return parseDeb((await resultOf(showDeb(name), commands))?.stdout ?? '');
  const owner = await resultOf(showRpmOwner(file), commands);
  return owner === undefined ? undefined : parseRpmQuery(owner.stdout)[0];
}

/** What is not installed, or knows nothing, is no answer. */
async function resultOf(command: Command, commands: Commands): Promise<CommandResult | undefined> {
  return await commands.run(command).catch((error: unknown) => {
    const isNoAnswer =
      error instanceof KubeosError && ['HOST_NOT_READY', 'COMMAND_FAILED'].includes(error.code);
    if (isNoAnswer) return undefined;
    throw error;
  });
}

export function findDebOwner(file: string): Command {
  return { tool: 'dpkg-query', args: ['--search', file], isQuiet: true };
}

const DEB_FIELDS = ['Package', 'Version', 'Architecture', 'source:Package', 'source:Version'];

export function showDeb(name: string): Command {
  const format = `${DEB_FIELDS.map((field) => `\${${field}}`).join('\\t')}\\n`;
  return { tool: 'dpkg-query', args: ['--show', `--showformat=${format}`, name], isQuiet: true };
}

export function showRpmOwner(file: string): Command {
  const args = ['--query', '--file', file, '--queryformat', RPM_QUERY_FORMAT];
  return { tool: 'rpm', args, isQuiet: true };
}

function parseDeb(output: string): InstalledPackage | undefined {
  const [name, version, arch, source, sourceVersion] = output.trimEnd().split('\t');
  if (name === undefined || version === undefined || arch === undefined) return undefined;
  const from = { name: source ?? name, version: sourceVersion ?? version };
  return { type: 'deb', name, version, arch, source: from, licenses: [] };
}
