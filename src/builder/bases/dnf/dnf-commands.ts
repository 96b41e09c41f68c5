import { fileURLToPath } from 'node:url';
import type { Command } from '../../../host/commands.ts';
import { isForeign, withProgramsOf } from '../../../host/foreign-programs.ts';
import { inNamespace } from '../../../host/in-namespace.ts';
import { type DnfRequest, RPM_ARCH } from './dnf-request.ts';
import { type DnfSettings, RPM_DATABASE, STATE_DIRECTORY } from './dnf-settings.ts';

const WITH_MOUNTS = fileURLToPath(import.meta.resolve('#templates/dnf/with-mounts.sh'));

/** How dnf and rpm are called for one root file system. */
export interface DnfCaller {
  readonly request: DnfRequest;
  readonly settings: DnfSettings;
  /** The installation root, a directory. */
  readonly root: string;
}

/** Without the root's mounts: for what runs nothing of the packages. */
export function dnfCommand(caller: DnfCaller, args: readonly string[]): Command {
  return inNamespace(plainDnf(caller, args));
}

/** For an installation: with devices and the process list in the root, for scriptlets. */
export function dnfCommandWithMounts(caller: DnfCaller, args: readonly string[]): Command {
  const dnf = plainDnf(caller, args);
  const mounted = { ...dnf, tool: 'sh', args: [WITH_MOUNTS, caller.root, 'dnf', ...dnf.args] };
  return inNamespace(withProgramsOf(caller.request.arch, mounted));
}

function plainDnf({ request, settings, root }: DnfCaller, args: readonly string[]): Command {
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
export function rpmInRoot(caller: DnfCaller, tool: string, args: readonly string[]): Command {
  const environment = environmentOf(caller.request, caller.settings);
  const where = [`--root=${caller.root}`, `--dbpath=${RPM_DATABASE}`];
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
function environmentOf(request: DnfRequest, { home }: DnfSettings): Record<string, string> {
  return { HOME: home, SOURCE_DATE_EPOCH: String(request.epoch), PYTHONHASHSEED: '0' };
}
