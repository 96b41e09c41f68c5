import type { ImageDefinition } from '../definition/schema.ts';
import { rootDirectory, rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

/**
 * What of /etc lasts in every image (contract section 1): what makes a node itself, and what the
 * configuration models write. `*` stands for any run of characters but "/". Of a directory, only the
 * files that were written on the node last; the image's own show through beside them.
 */
const NAMED_ITEMS = [
  'NetworkManager/system-connections',
  'adjtime',
  'cni',
  'containerd',
  'hostname',
  'hosts',
  'kubernetes',
  'machine-id',
  'security/limits.d',
  'ssh/ssh_host_*',
  'sysctl.conf',
  'sysctl.d',
  'systemd/network',
] as const;

/** Files of the image that the initramfs and the agent obey; `/usr` is the only place that trust is read from. */
export function planReadOnlySystem(
  definition: ImageDefinition,
  homes: readonly string[],
): TreeEntry[] {
  const directories = [...new Set([...definition.persist, ...homes])].toSorted();
  return [
    rootDirectory('/persist'),
    rootDirectory('/usr/lib/kubeos'),
    ...directories.map((path) => rootDirectory(path)),
    rootFile('/usr/lib/kubeos/etc-mode', `${definition.etc === 'mutable' ? 'mutable' : 'named'}\n`),
    rootFile('/usr/lib/kubeos/etc-items', lines(etcItems(definition))),
    rootFile('/usr/lib/kubeos/persist-directories', lines(directories)),
    rootFile('/usr/lib/kubeos/release-id', `${definition.name}-${definition.version}\n`),
    rootFile('/usr/lib/kubeos/health.json', `${JSON.stringify(definition.health, null, 2)}\n`),
    // Without it journald keeps its journal in memory: nobody could say later why a trial failed.
    rootDirectory('/var/log/journal'),
    // Nothing to mount: the initramfs has mounted root, /etc, /var and persist before systemd starts.
    rootFile('/etc/fstab', ''),
    // The same reason: nothing is to be found by partition type, least of all a second /efi.
    rootLink('/etc/systemd/system-generators/systemd-gpt-auto-generator', '/dev/null'),
    // Not older than /usr, so that no boot redoes what the image has done (systemd-update-done.service(8)).
    rootFile('/etc/.updated', ''),
    ...settings(definition),
    ...temporaryFiles(),
  ];
}

function etcItems(definition: ImageDefinition): string[] {
  const added = typeof definition.etc === 'string' ? [] : definition.etc.named;
  // What does not count does not last either: a node's scripts run as root, on every release from then on.
  const checks = definition.health.nodeChecks === 'none' ? [] : ['kubeos/health.d'];
  return [...new Set([...NAMED_ITEMS, ...checks, ...added])].toSorted();
}

function settings(definition: ImageDefinition): TreeEntry[] {
  const sysctl = Object.entries(definition.sysctl).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...(sysctl.length === 0
      ? []
      : [
          rootFile(
            '/usr/lib/sysctl.d/60-kubeos.conf',
            lines(sysctl.map(([key, value]) => `${key} = ${value}`)),
          ),
        ]),
    ...(definition.modules.length === 0
      ? []
      : [rootFile('/usr/lib/modules-load.d/kubeos.conf', lines(definition.modules))]),
  ];
}

/** /tmp in memory: Debian 12 would leave it on the read-only root. */
function temporaryFiles(): TreeEntry[] {
  const unit = [
    '[Unit]',
    'Description=Temporary directory in memory',
    'Documentation=https://systemd.io/TEMPORARY_DIRECTORIES',
    'ConditionPathIsSymbolicLink=!/tmp',
    'DefaultDependencies=no',
    'Conflicts=umount.target',
    'Before=local-fs.target umount.target',
    'After=swap.target',
    '',
    '[Mount]',
    'What=tmpfs',
    'Where=/tmp',
    'Type=tmpfs',
    'Options=mode=1777,strictatime,nosuid,nodev,size=50%%,nr_inodes=1m',
  ];
  return [
    rootFile('/usr/lib/systemd/system/tmp.mount', lines(unit)),
    rootLink('/usr/lib/systemd/system/local-fs.target.wants/tmp.mount', '../tmp.mount'),
  ];
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join('');
}
