import type { Command } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { ImageDefinition } from '../definition/schema.ts';

/** Unpacks the root file system with owners, modes, xattrs and file capabilities. Devices cannot be made without root; devtmpfs brings them. */
export function extractTree(tarFile: string, tree: string): Command {
  const args = [
    '--extract',
    '--file',
    tarFile,
    '--directory',
    tree,
    '--numeric-owner',
    '--same-permissions',
  ];
  // Anchored: tar would otherwise leave out what is in any folder called dev, wherever it is.
  const withoutDevices = ['--anchored', '--exclude=./dev/*', '--exclude=dev/*'];
  return inNamespace({
    tool: 'tar',
    args: [...args, '--xattrs', '--xattrs-include=*', ...withoutDevices],
  });
}

/** A link replaces what stood there; a directory that is there keeps what is in it. */
export function extractOver(tarFile: string, tree: string): Command {
  const args = ['--extract', '--file', tarFile, '--directory', tree];
  const how = ['--numeric-owner', '--same-permissions', '--unlink-first'];
  return inNamespace({ tool: 'tar', args: [...args, ...how, '--keep-directory-symlink'] });
}

/** Enabling is systemd's own work: it follows [Install], aliases and instances. */
export function unitCommands(tree: string, units: ImageDefinition['units']): Command[] {
  const verbs = ['disable', 'mask', 'enable'] as const;
  return verbs
    .filter((verb) => units[verb].length > 0)
    .map((verb) =>
      inNamespace({ tool: 'systemctl', args: [`--root=${tree}`, verb, '--', ...units[verb]] }),
    );
}

/**
 * Kernel modules are stored plain: a compressed module changes everywhere when one byte of it does, so
 * an upgrade would have to carry it whole. Root images are compressed in transport instead.
 */
export function unpackModules(tree: string, version: string): Command[] {
  const modules = `${tree}/usr/lib/modules/${version}`;
  const unpack = (suffix: string, tool: string, ...args: string[]): Command =>
    inNamespace({
      tool: 'find',
      args: [modules, '-name', `*.ko.${suffix}`, '-exec', tool, ...args, '{}', '+'],
    });
  return [
    unpack('xz', 'xz', '--decompress'),
    unpack('zst', 'zstd', '--quiet', '--decompress', '--rm'),
    unpack('gz', 'gzip', '--decompress'),
    inNamespace({ tool: 'depmod', args: ['--basedir', tree, version] }),
  ];
}

/** Where GRUB finds the kernel in every image; the version is known from the modules. */
export const KERNEL_PATH = '/boot/vmlinuz';

/** `file` is the kernel as GRUB loads it, `original` what the distribution has in the tree. */
export function moveKernel(kernel: {
  readonly tree: string;
  readonly file: string;
  readonly original: string;
}): Command[] {
  const place = `${kernel.tree}${KERNEL_PATH}`;
  const install = ['-D', '--mode=0644', '--no-target-directory', kernel.file, place];
  return [
    inNamespace({ tool: 'install', args: install }),
    inNamespace({ tool: 'rm', args: ['--', kernel.original] }),
  ];
}

/** The package database describes the image, so it lies in the image and not on persist. */
export function movePackageDatabase(tree: string, directory: 'dpkg' | 'rpm'): Command[] {
  const from = `${tree}/var/lib/${directory}`;
  const to = `${tree}/usr/lib/sysimage/${directory}`;
  return [
    inNamespace({ tool: 'mkdir', args: ['-p', `${tree}/usr/lib/sysimage`] }),
    inNamespace({ tool: 'mv', args: ['--no-target-directory', from, to] }),
    inNamespace({ tool: 'ln', args: ['-s', `../../usr/lib/sysimage/${directory}`, from] }),
  ];
}

/** No time in the tree is later than the build's own (SOURCE_DATE_EPOCH specification). */
export function clampTimes(tree: string, epoch: number): Command {
  const date = `@${epoch}`;
  const args = [
    tree,
    '-newermt',
    date,
    '-exec',
    'touch',
    '--no-dereference',
    `--date=${date}`,
    '{}',
    '+',
  ];
  return inNamespace({ tool: 'find', args });
}

/** A node's clock starts no earlier than this file's time (systemd.time-epoch): the build's own. */
export function setClockEpoch(tree: string, epoch: number): Command {
  return inNamespace({ tool: 'touch', args: [`--date=@${epoch}`, `${tree}/usr/lib/clock-epoch`] });
}

/** The tree belongs to subordinate ids, so only the namespace can remove it. */
export function removeTree(tree: string): Command {
  return removeAll([tree]);
}

export function removeAll(paths: readonly string[]): Command {
  return inNamespace({ tool: 'rm', args: ['-rf', '--one-file-system', '--', ...paths] });
}
