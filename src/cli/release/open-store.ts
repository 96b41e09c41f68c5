import path from 'node:path';
import { ociStore } from '../../release/oci/oci-store.ts';
import { parseOciAddress } from '../../release/oci/oci-address.ts';
import { loadCredentials } from '../../release/oci/registry-credentials.ts';
import { directoryStore } from '../../release/repository/directory-store.ts';
import type { RepositoryStore } from '../../release/repository/repository-store.ts';
import { dockerConfigFile } from './docker-config-file.ts';

/**
 * Where a repository lies: a directory, or `oci://registry/name`.
 *
 * @throws KubeosError USAGE
 */
export async function openStore(address: string): Promise<RepositoryStore> {
  if (address.startsWith('oci://')) return await openRegistryStore(address);
  return directoryStore(path.resolve(address));
}

async function openRegistryStore(address: string): Promise<RepositoryStore> {
  const parsed = parseOciAddress(address);
  return ociStore(parsed, await loadCredentials(dockerConfigFile(), parsed.registry));
}
