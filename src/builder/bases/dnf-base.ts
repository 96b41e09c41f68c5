import { mkdir } from 'node:fs/promises';
import type { LockedDnfBase } from '../lock/lock-schema.ts';
import { explainBaseFailures } from './base-failure.ts';
import type { BaseInput, BaseResult } from './base.ts';
import { wholeFile } from './byte-range.ts';
import { hostAttributesLeftOut } from './directory/host-metadata.ts';
import { checkSignatures } from './dnf/check-signatures.ts';
import { tarCommand } from './dnf/dnf-commands.ts';
import { dnfPlaces } from './dnf/dnf-places.ts';
import type { DnfRequest, FetchedRpm } from './dnf/dnf-request.ts';
import { writeDnfSettings } from './dnf/dnf-settings.ts';
import { fetchRpms } from './dnf/fetch-rpms.ts';
import { installRpms } from './dnf/install-rpms.ts';
import { removeRoot } from './dnf/remove-root.ts';
import { resolveDnf } from './dnf/resolve-dnf.ts';
import { indexLayers } from './layers/index-layers.ts';
import type { ChangeMetadata } from './layers/root-entries.ts';
import { writeRoot } from './layers/write-root.ts';

export interface DnfResult extends BaseResult {
  readonly locked: LockedDnfBase;
  /** What scriptlets and rpm complained about; the installation went on. */
  readonly warnings: readonly string[];
}

/**
 * A root file system from RPM packages: resolved (or as locked), fetched, and installed in a user namespace,
 * so that owners, capabilities and scriptlets work without privilege. Signatures are always checked.
 * @throws KubeosError as `resolveDnf`, `fetchRpms` and `installRpms`
 */
export async function writeDnfBase(request: DnfRequest): Promise<DnfResult> {
  const { signal } = request;
  return await explainBaseFailures({ subject: 'base dnf', signal }, async () => {
    const locked = request.locked ?? (await resolveDnf(request));
    const packages = await fetchRpms(locked, request);
    const warnings = await installDnfBase(packages, request);
    const inputs = locked.packages.map((one) => inputOf(one, locked));
    return { inputs, isRpmSystem: true, locked, warnings };
  });
}

/** Installs fetched packages and writes their tar. The same packages and epoch give the same bytes, the database included. */
export async function installDnfBase(
  packages: readonly FetchedRpm[],
  request: DnfRequest,
): Promise<readonly string[]> {
  const { root } = dnfPlaces(request.workDirectory);
  await mkdir(root, { mode: 0o755 });
  try {
    await using settings = await writeDnfSettings(request, []);
    await checkSignatures(packages, request, settings);
    const warnings = await installRpms(packages, { request, settings, root });
    await packRoot(root, request);
    return warnings;
  } finally {
    await removeRoot(root, request);
  }
}

async function packRoot(directory: string, request: DnfRequest): Promise<void> {
  const { commands, signal, workDirectory, epoch } = request;
  const { rootTar: file } = dnfPlaces(workDirectory);
  await commands.run(tarCommand(directory, file));
  const layer = { range: await wholeFile(file), name: 'the installed root', needsEndMark: true };
  const root = await indexLayers({ layers: [layer], whiteouts: false, signal });
  await writeRoot(root, { ...request, change: notNewerThan(epoch), subject: 'base dnf' });
}

/** Times that this build made are the epoch's; older ones are the packages' own. */
function notNewerThan(epoch: number): ChangeMetadata {
  return (metadata) => ({
    ...hostAttributesLeftOut(metadata),
    mtime: Number(metadata.mtime) > epoch ? String(epoch) : metadata.mtime,
  });
}

function inputOf(one: LockedDnfBase['packages'][number], locked: LockedDnfBase): BaseInput {
  const { baseUrl = '' } = locked.repositories.find(({ id }) => id === one.repository) ?? {};
  const name = `${one.name}-${one.version}.${one.arch}`;
  return { uri: `${baseUrl}/${one.file}`, sha256: one.sha256, name };
}
