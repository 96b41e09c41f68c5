import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import type { AptBase } from '../definition/base-schema.ts';
import { resolveApt } from '../lock/resolve-apt.ts';
import type { LockedAptBase, LockedBase } from '../lock/lock-schema.ts';
import {
  lockedOf,
  REGISTRY_CREDENTIALS,
  writeStoredBase,
  type StoredBase,
} from './make-stored-base.ts';
import { resolveDnfBase } from './make-dnf-base.ts';
import { loadHostMirrors } from './host-mirror.ts';

export interface ResolveRequest {
  readonly definition: ImageDefinition;
  /** Folder of the definition. */
  readonly directory: string;
  readonly commands: Commands;
  readonly signal: AbortSignal;
}

/** What the definition's base is now, by digest. */
export async function resolveBase(request: ResolveRequest): Promise<LockedBase> {
  const { base } = request.definition;
  switch (base.type) {
    case 'apt':
      return await resolveAptBase(base, request);
    case 'oci':
    case 'tar':
    case 'directory':
      return await resolveStoredBase(base, request);
    case 'dnf':
      return await resolveDnfBase(base, request);
    default:
      return base satisfies never;
  }
}

/** Such a base is read as a build reads it: its digest is that of what was read, not of a promise. */
async function resolveStoredBase(base: StoredBase, request: ResolveRequest): Promise<LockedBase> {
  await using scratch = await openScratch(tmpdir());
  const { directory, commands, signal } = request;
  const { arch, packages } = request.definition;
  const result = await writeStoredBase(base, {
    ...{ directory, commands, signal, arch, packages, epoch: 0 },
    ...{ workDirectory: scratch.path, output: path.join(scratch.path, 'base.tar') },
    registryCredentials: REGISTRY_CREDENTIALS,
  });
  return lockedOf(base, result);
}

/** The exact packages that the definition's apt base would install now, each by digest. */
export async function resolveAptBase(
  base: AptBase,
  request: ResolveRequest,
): Promise<LockedAptBase> {
  // apt cannot quote a space in a path, and the output folder may have one.
  await using scratch = await openScratch(tmpdir());
  const sources = base.sources ?? (await loadHostMirrors(base.suite));
  return await resolveApt(
    {
      directory: scratch.path,
      arch: request.definition.arch,
      suite: base.suite,
      packages: request.definition.packages,
      sources: sources.map((source) => withAbsoluteKeyring(source, request.directory)),
    },
    request.commands,
  );
}

function withAbsoluteKeyring<T extends { readonly keyring?: string | undefined }>(
  source: T,
  directory: string,
): T {
  if (source.keyring === undefined) return source;
  return { ...source, keyring: path.resolve(directory, source.keyring) };
}
