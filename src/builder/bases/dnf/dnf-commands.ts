import { fileURLToPath } from 'node:url';
import type { Command } from '../../../host/commands.ts';
import { isForeign, withProgramsOf } from '../../../host/foreign-programs.ts';
import { inNamespace } from '../../../host/in-namespace.ts';
import { type DnfRequest, RPM_ARCH } from './dnf-request.ts';
import { type DnfSettings, RPM_DATABASE, STATE_DIRECTORY } from './dnf-settings.ts';
import { REPOQUERY_FORMAT } from './parse-repoquery.ts';

const WITH_MOUNTS = fileURLToPath(import.meta.resolve('#templates/dnf/with-mounts.sh'));

/** How dnf and rpm are called for one root file system. */
export interface DnfCaller extends DnfCall {
  readonly request: DnfRequest;
  readonly settings: DnfSettings;
}

/** What of it their commands say. */
export interface DnfCall {
  readonly request: Pick<DnfRequest, 'base' | 'arch' | 'packages' | 'epoch'>;
  readonly settings: Pick<DnfSettings, 'configFile' | 'home'>;
  /** The installation root, a directory. */
  readonly root: string;
}

/** Downloads what would be installed. */
export function downloadCommand(call: DnfCall, downloads: string): Command {
  const args = ['--downloadonly', `--destdir=${downloads}`, 'install', ...call.request.packages];
  return dnfCommand(call, args);
}

/** Lists everything that the repositories have. */
export function listCommand(call: DnfCall): Command {
  const query = ['--quiet', '--cacheonly', 'repoquery', `--queryformat=${REPOQUERY_FORMAT}`];
  return { ...dnfCommand(call, query), isQuiet: true };
}

export function importKeyCommand(call: DnfCall, key: string): Command {
  return rpmInRoot(call, 'rpmkeys', ['--import', key]);
}

export function installCommand(call: DnfCall, files: readonly string[]): Command {
  return dnfCommandWithMounts(call, ['install', ...files]);
}

/** Lists what is installed: name, version and architecture, a line for each. */
export function listInstalledCommand(call: DnfCall): Command {
  const format = String.raw`%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\t%{ARCH}\n`;
  const query = rpmInRoot(call, 'rpm', ['--query', '--all', `--queryformat=${format}`]);
  return { ...query, isQuiet: true };
}

/** Files in it belong to subordinate ids. */
export function removeRootCommand(root: string): Command {
  return inNamespace({ tool: 'rm', args: ['-rf', '--one-file-system', '--', root] });
}

/** rpmkeys exits with the number of packages that failed. */
const ANY_EXIT = Array.from({ length: 256 }, (_, code) => code);

/** Checks signatures with one key and no other, in a keyring of its own. */
export function checkSignaturesCommands(
  keyring: string,
  key: string,
  files: readonly string[],
): [importKey: Command, check: Command] {
  const options = ['--dbpath', keyring, '--define', '_pkgverify_level all'];
  const check = [...options, '--checksig', ...files];
  return [
    { tool: 'rpmkeys', args: [...options, '--import', key] },
    { tool: 'rpmkeys', args: check, successCodes: ANY_EXIT, isQuiet: true },
  ];
}

/** Without the root's mounts: for what runs nothing of the packages. */
function dnfCommand(call: DnfCall, args: readonly string[]): Command {
  return inNamespace(plainDnf(call, args));
}

/** For an installation: with devices and the process list in the root, for scriptlets. */
function dnfCommandWithMounts(call: DnfCall, args: readonly string[]): Command {
  const dnf = plainDnf(call, args);
  const mounted = { ...dnf, tool: 'sh', args: [WITH_MOUNTS, call.root, 'dnf', ...dnf.args] };
  return inNamespace(withProgramsOf(call.request.arch, mounted));
}

function plainDnf({ request, settings, root }: DnfCall, args: readonly string[]): Command {
  const { base, arch } = request;
  return {
    tool: 'dnf',
    args: [
      `--config=${settings.configFile}`,
      `--installroot=${root}`,
      `--releasever=${base.release}`,
      ...(isForeign(arch) ? [`--forcearch=${RPM_ARCH[arch]}`] : []),
      ...args,
    ],
    environment: environmentOf(request, settings),
  };
}

/** rpm in the root: what it says of the database there. */
function rpmInRoot(call: DnfCall, tool: string, args: readonly string[]): Command {
  const environment = environmentOf(call.request, call.settings);
  const where = [`--root=${call.root}`, `--dbpath=${RPM_DATABASE}`];
  return inNamespace({ tool, args: [...where, ...args], environment });
}

/** Everything in the root but what is dnf's, what is mounted, and what rpm and ld.so make anew. */
export function tarCommand(root: string, file: string): Command {
  const left = [
    ...[`.${STATE_DIRECTORY}`, './dev/*', './proc/*', './sys/*', './run/*'],
    // A lock, and shared memory that SQLite rebuilds (wal-index, https://www.sqlite.org/walformat.html).
    ...[`.${RPM_DATABASE}/.rpm.lock`, `.${RPM_DATABASE}/rpmdb.sqlite-shm`],
    // ld.so's cache of the inode numbers and times that it saw.
    './var/cache/ldconfig/aux-cache',
  ];
  const args = [
    ...['--create', `--file=${file}`, '--format=pax', '--sort=name', '--numeric-owner'],
    ...['--xattrs', '--xattrs-include=*', '--anchored', ...left.map((name) => `--exclude=${name}`)],
    ...[`--directory=${root}`, '.'],
  ];
  return inNamespace({ tool: 'tar', args });
}

/** rpm takes installation times from SOURCE_DATE_EPOCH; dnf is Python, whose sets have a random order otherwise. */
function environmentOf(
  { epoch }: DnfCall['request'],
  { home }: DnfCall['settings'],
): Record<string, string> {
  return { HOME: home, SOURCE_DATE_EPOCH: String(epoch), PYTHONHASHSEED: '0' };
}
