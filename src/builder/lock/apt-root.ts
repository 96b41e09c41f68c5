import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Command } from '../../host/commands.ts';
import type { AptSource } from '../definition/base-schema.ts';
import type { ImageDefinition } from '../definition/schema.ts';

/** Where Debian's package debian-archive-keyring puts its keys; newer ones first. */
const DEBIAN_KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/usr/share/keyrings/debian-archive-keyring.gpg',
];
/** A snapshot of a day has long passed its Valid-Until, and is asked for because of that. */
const SNAPSHOT = /\/\d{8}T\d{6}Z(?:\/|$)/;

const FOLDERS =
  'etc/apt.conf.d etc/preferences.d etc/sources.list.d lists/partial cache/archives/partial'.split(
    ' ',
  );

export interface AptRoot {
  /** An existing, empty directory; its path has no space, because apt cannot quote one in `signed-by`. */
  readonly directory: string;
  readonly arch: ImageDefinition['arch'];
  /** Keyrings are absolute paths here. */
  readonly sources: readonly AptSource[];
}

/**
 * Makes an apt of its own in a directory: nothing installed, nothing of this host's configuration.
 * @throws KubeosError HOST_NOT_READY without a keyring
 */
export async function makeAptRoot(root: AptRoot): Promise<void> {
  const { directory } = root;
  for (const folder of FOLDERS) {
    await mkdir(path.join(directory, folder), { recursive: true });
  }
  const lines = await Promise.all(root.sources.map(sourceLines));
  await writeFile(path.join(directory, 'etc/sources.list'), `${lines.flat().join('\n')}\n`);
  await writeFile(path.join(directory, 'status'), '');
  await writeFile(configurationIn(directory), aptConfiguration(root));
}

/** `apt-get` with the apt that `makeAptRoot` made in this directory. */
export function aptGet(directory: string, args: readonly string[]): Command {
  const environment = { APT_CONFIG: configurationIn(directory), TMPDIR: directory };
  return { tool: 'apt-get', args, environment, isQuiet: true };
}

const configurationIn = (directory: string): string => path.join(directory, 'apt.conf');

/** apt reads APT_CONFIG before any other file: with Dir set in it, /etc/apt of the host is never read. */
function aptConfiguration({ directory, arch }: AptRoot): string {
  const settings = {
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    'APT::Get::Assume-Yes': 'true',
    // A name with a dot that no package has would be a regular expression, and bring whatever matches it.
    'APT::Cmd::Pattern-Only': 'true',
    // Only the archive's Essential field counts, as in mmdebstrap: apt does not add itself.
    'pkgCacheGen::ForceEssential': ',',
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::ForceHash': 'sha256',
    Dir: `${directory}/`,
    'Dir::Etc': `${directory}/etc`,
    'Dir::State': directory,
    'Dir::State::status': `${directory}/status`,
    'Dir::Cache': `${directory}/cache`,
    'Dir::Log': `${directory}/log`,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} "${value}";\n`)
    .join('');
}

async function sourceLines(source: AptSource): Promise<readonly string[]> {
  const options = [`signed-by=${source.keyring ?? (await debianKeyring())}`];
  if (isFrozen(source)) options.push('check-valid-until=no');
  return source.suites.map((suite) =>
    ['deb', `[${options.join(' ')}]`, source.uri, suite, ...source.components].join(' '),
  );
}

/** What it says does not change, so it grows old; apt would refuse it then (sources.list(5), Check-Valid-Until). */
const isFrozen = ({ uri, checkValidUntil = !SNAPSHOT.test(uri) }: AptSource): boolean =>
  !checkValidUntil;

async function debianKeyring(): Promise<string> {
  for (const keyring of DEBIAN_KEYRINGS) {
    if (await exists(keyring)) return keyring;
  }
  throw new KubeosError('HOST_NOT_READY', "Debian's archive keys are not on this host", {
    hint: 'install debian-archive-keyring, or name a keyring under base.sources',
  });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
