import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { openScratch } from '../../../host/open-scratch.ts';
import type { DnfBase } from '../../definition/base-schema.ts';
import { keyFile, settingsPlaces } from './dnf-places.ts';
import { type DnfRequest, RPM_ARCH } from './dnf-request.ts';

export type DnfRepository = DnfBase['repositories'][number];

/** dnf's and rpm's own settings, with nothing of the host's. */
export interface DnfSettings extends AsyncDisposable {
  readonly configFile: string;
  /** HOME of dnf and rpm: the macros are in it. */
  readonly home: string;
  /** The key of each repository, by its id. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Inside the root file system, because dnf puts it there anyhow; left out of the tar. */
export const STATE_DIRECTORY = '/.kubeos-dnf';
/** Where openEuler and RHEL look; `prepare-tree` moves it off /var. */
export const RPM_DATABASE = '/var/lib/rpm';

/**
 * Settings under the system's temporary directory: dnf splits some of its paths at spaces, which the output
 * folder may have. `repositories`: none when packages are only installed from files.
 */
export async function writeDnfSettings(
  request: DnfRequest,
  repositories: readonly DnfRepository[],
): Promise<DnfSettings> {
  await using unfinished = new AsyncDisposableStack();
  const scratch = unfinished.use(await openScratch(tmpdir()));
  const inScratch = (name: string): string => path.join(scratch.path, name);
  const { configFile, home, keys: keyFolder } = settingsPlaces(scratch.path);
  for (const name of ['repos', 'vars', 'keys', 'home']) await mkdir(inScratch(name));
  await writeFile(configFile, configuration(scratch.path));
  await writeFile(path.join(home, '.rpmmacros'), MACROS);
  const keys = new Map<string, string>();
  for (const one of request.base.repositories) {
    keys.set(one.id, await copyKey(one, keyFolder, request));
  }
  for (const one of repositories) {
    const text = repositoryFile(
      { ...one, baseUrl: expandedUrl(one, request) },
      keys.get(one.id) ?? '',
    );
    await writeFile(inScratch(`repos/${one.id}.repo`), text);
  }
  unfinished.move();
  return { configFile, home, keys, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

/** dnf wants an address for it, in which a definition's folder could need escapes. */
async function copyKey(
  { id, gpgKey }: DnfRepository,
  keys: string,
  { directory }: DnfRequest,
): Promise<string> {
  const text = await readFile(path.resolve(directory, gpgKey), 'utf8').catch(() => undefined);
  if (text?.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----') !== true) {
    throw new KubeosError(
      'DEFINITION_INVALID',
      `base.repositories: gpgKey ${gpgKey} of ${id} ${text === undefined ? 'cannot be read' : 'is no public key'}`,
      {
        hint: 'the armored key (BEGIN PGP PUBLIC KEY BLOCK) that signs the packages of the repository',
      },
    );
  }
  const key = keyFile(keys, id);
  await writeFile(key, text);
  return key;
}

/** `$releasever` and `$basearch` as dnf fills them in: the lock names plain addresses. */
export function expandedUrl(
  { baseUrl }: Pick<DnfRepository, 'baseUrl'>,
  { base, arch }: Pick<DnfRequest, 'base' | 'arch'>,
): string {
  return baseUrl
    .replaceAll(/\$(?:\{releasever\}|releasever\b)/g, base.release)
    .replaceAll(/\$(?:\{(?:basearch|arch)\}|(?:basearch|arch)\b)/g, RPM_ARCH[arch])
    .replace(/\/+$/, '');
}

/** Signatures are always checked, of packages from files too; no plugins, no weak dependencies, no documentation. */
export function configuration(scratch: string): string {
  return [
    '[main]',
    'gpgcheck=1',
    'localpkg_gpgcheck=1',
    'assumeyes=1',
    'best=1',
    'skip_if_unavailable=0',
    'install_weak_deps=0',
    'tsflags=nodocs',
    'plugins=0',
    'keepcache=0',
    `reposdir=${scratch}/repos`,
    `varsdir=${scratch}/vars`,
    `cachedir=${STATE_DIRECTORY}/cache`,
    `persistdir=${STATE_DIRECTORY}/persist`,
    `logdir=${STATE_DIRECTORY}/log`,
    '',
  ].join('\n');
}

/** A repository's name for dnf, where `main` is the name of its own settings. */
export function dnfNameOf(id: string): string {
  return `kubeos-${id}`;
}

export function repositoryFile({ id, baseUrl }: DnfRepository, key: string): string {
  return [
    `[${dnfNameOf(id)}]`,
    `name=${id}`,
    `baseurl=${baseUrl}/`,
    'enabled=1',
    'gpgcheck=1',
    `gpgkey=file://${key}`,
    '',
  ].join('\n');
}

/**
 * The database's place is named because hosts differ in it (Debian's rpm keeps one in HOME). What is mounted in the
 * root is not touched: the owner of a kernel file system cannot be changed in a namespace.
 */
const MACROS = `%_dbpath ${RPM_DATABASE}\n%_netsharedpath /dev:/proc:/sys\n`;
