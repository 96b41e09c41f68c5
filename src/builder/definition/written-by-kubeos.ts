import type { CheckableDefinition } from './checkable-definition.ts';

interface OwnedPath {
  /** A file, or a directory with all below it. */
  readonly path: string;
  /** What to write instead. */
  readonly instead: string;
}

const ALWAYS: readonly OwnedPath[] = [
  {
    path: '/usr/lib/kubeos',
    instead: 'it holds what decides trust and is made from this definition: change the definition',
  },
  { path: '/usr/lib/os-release', instead: 'set name and version' },
  { path: '/etc/os-release', instead: 'set name and version' },
  { path: '/etc/machine-id', instead: 'it is made on the first boot: remove this entry' },
  { path: '/etc/fstab', instead: 'name directories that last under persist' },
  { path: '/persist', instead: 'name directories that last under persist' },
];

const ACCOUNT_FILES = ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow'];

/** Below what is owned, but for others to fill. */
export const LEFT_TO_OTHERS = ['/usr/lib/kubeos/health.d', '/usr/lib/kubeos/migrations'];

/** Paths of the image that the builder makes from other parts of the definition. */
export function writtenByKubeos(definition: CheckableDefinition): readonly OwnedPath[] {
  const hasSysctl = Object.keys(definition.sysctl).length > 0;
  const hasKeys = definition.users.some((user) => user.sshKeys.length > 0);
  return [
    ...ALWAYS,
    ...ownedIf(definition.users.length > 0, ACCOUNT_FILES, 'write all accounts under users'),
    ...ownedIf(hasSysctl, ['/usr/lib/sysctl.d/60-kubeos.conf'], 'write all settings under sysctl'),
    ...ownedIf(
      definition.modules.length > 0,
      ['/usr/lib/modules-load.d/kubeos.conf'],
      'write all modules under modules',
    ),
    ...ownedIf(
      hasKeys,
      ['/etc/ssh/sshd_config.d/10-kubeos.conf'],
      'it makes the keys under users work: use a file of another name beside it',
    ),
  ];
}

function ownedIf(isOwned: boolean, paths: readonly string[], instead: string): OwnedPath[] {
  return isOwned ? paths.map((path) => ({ path, instead })) : [];
}
