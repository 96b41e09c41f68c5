import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { shownPath, shownReason } from '../../release/fetch/shown-url.ts';
import { parseOciAddress } from '../../release/oci/oci-address.ts';
import { ociStore } from '../../release/oci/oci-store.ts';
import { loadCredentials } from '../../release/oci/registry-credentials.ts';
import { directoryStore } from '../../release/repository/directory-store.ts';
import type { RepositoryStore } from '../../release/repository/repository-store.ts';
import { serverStore } from '../../release/repository/server-store.ts';
import { sftpStore } from '../../release/repository/sftp-store.ts';
import { stoppableStore } from '../../release/repository/stoppable-store.ts';
import { dockerConfigFile } from './docker-config-file.ts';
import { readGiven, readSecret } from './read-given.ts';
import { sftpLogin } from './sftp-login.ts';

/** What a place may need to let a publisher in. */
export const storeArguments = {
  tokenFile: z.string().optional(),
  ca: z.string().optional(),
  clientCertificate: z.string().optional(),
  clientKey: z.string().optional(),
  sshKey: z.string().optional(),
  hostKey: z.string().optional(),
};

export type StoreOptions = Readonly<z.infer<z.ZodObject<typeof storeArguments>>>;

/**
 * Where a repository lies: a directory, `sftp://user@host/directory`, `https://…` of `kubeos serve`, or
 * `oci://registry/name`.
 *
 * @throws KubeosError USAGE
 */
export async function openStore(
  address: string,
  options: StoreOptions,
  signal: AbortSignal,
): Promise<RepositoryStore> {
  return stoppableStore(await storeAt(address, options, signal), signal);
}

async function storeAt(
  address: string,
  options: StoreOptions,
  signal: AbortSignal,
): Promise<RepositoryStore> {
  const [scheme] = /^[a-z]+:\/\//.exec(address) ?? [];
  switch (scheme) {
    case undefined:
      return directoryStore(path.resolve(address));
    case 'oci://':
      return await openRegistryStore(address);
    case 'sftp://':
      return sftpStore(await sftpLogin(urlOf(address), options));
    case 'https://':
    case 'http://':
      return await openServerStore(urlOf(address), options, signal);
    default:
      throw noPlace(address);
  }
}

/** Also what is below the host can be read: a `%` stands for itself only as `%25`. */
function urlOf(address: string): URL {
  const url = URL.parse(address);
  if (url === null || /%(?![0-9a-f]{2})/i.test(url.pathname)) throw noPlace(address);
  return url;
}

function noPlace(address: string): KubeosError {
  return new KubeosError(
    'USAGE',
    `${shownReason(shownPath(address))} is no place for a repository`,
    {
      hint: 'give a directory, sftp://user@host/directory, https://host/ or oci://registry/name',
    },
  );
}

async function openRegistryStore(address: string): Promise<RepositoryStore> {
  const parsed = parseOciAddress(address);
  return ociStore(parsed, await loadCredentials(dockerConfigFile(), parsed.registry));
}

async function openServerStore(
  address: URL,
  options: StoreOptions,
  signal: AbortSignal,
): Promise<RepositoryStore> {
  const { tokenFile, ca, clientCertificate, clientKey } = options;
  return serverStore({
    address,
    token: (await readSecret('token-file', tokenFile)) ?? process.env['KUBEOS_TOKEN'] ?? null,
    tls: {
      ...(ca === undefined ? {} : { ca: await readGiven('ca', ca) }),
      ...(clientCertificate === undefined
        ? {}
        : { cert: await readGiven('client-certificate', clientCertificate) }),
      ...(clientKey === undefined ? {} : { key: await readGiven('client-key', clientKey) }),
    },
    proxy: process.env,
    signal,
  });
}
