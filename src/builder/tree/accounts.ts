import type { ImageDefinition } from '../definition/schema.ts';
import { rootDirectory, rootFile, type TreeEntry } from './tree-entry.ts';

type User = ImageDefinition['users'][number];

/** The four account files as text; what the tree lacks is an empty string. */
export interface AccountFiles {
  readonly passwd: string;
  readonly shadow: string;
  readonly group: string;
  readonly gshadow: string;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** First id of ordinary accounts (login.defs(5) UID_MIN). */
const FIRST_USER_ID = 1000;
const KEY_DIRECTORY = '/usr/lib/kubeos/ssh/authorized_keys';

/**
 * Adds or changes the accounts of a definition. Keys are kept below /usr, not in homes: homes last on
 * persist and would keep yesterday's keys after an upgrade.
 *
 * @throws KubeosError nothing; names were checked with the definition
 */
export function planAccounts(users: readonly User[], files: AccountFiles): TreeEntry[] {
  if (users.length === 0) return [AUTHORIZED_KEYS];
  const given = users.flatMap((user) => user.uid ?? []);
  const changed = users.reduce((result, user) => addUser(result, user, given), files);
  const keys = users.filter((user) => user.sshKeys.length > 0);
  return [
    rootFile('/etc/passwd', changed.passwd),
    { ...rootFile('/etc/shadow', changed.shadow, 0o640), gid: idOf(changed.group, 'shadow') ?? 0 },
    rootFile('/etc/group', changed.group),
    {
      ...rootFile('/etc/gshadow', changed.gshadow, 0o640),
      gid: idOf(changed.group, 'shadow') ?? 0,
    },
    ...users.flatMap((user) => homeDirectory(user, changed)),
    ...(keys.length === 0 ? [] : keyFiles(keys)),
    AUTHORIZED_KEYS,
  ];
}

/** The id of a name in the text of passwd(5) or group(5). */
export function idOf(text: string, name: string): number | undefined {
  const line = rows(text).find((fields) => fields[0] === name);
  return line === undefined ? undefined : Number(line[2]);
}

/** The account's ids and home in passwd(5) text. */
export function identityOf(passwd: string, name: string): Identity | undefined {
  const line = rows(passwd).find((fields) => fields[0] === name);
  if (line === undefined) return undefined;
  return { uid: Number(line[2]), gid: Number(line[3]), home: line[5] ?? '/' };
}

/** `given`: ids that accounts of the definition ask for, this one or later ones. */
function addUser(files: AccountFiles, user: User, given: readonly number[]): AccountFiles {
  const identity = identityOf(files.passwd, user.name) ?? newIdentity(files, user, given);
  const withGroup = hasGroup(files, identity) ? files : addGroup(files, user.name, identity.gid);
  const ids = [String(identity.uid), String(identity.gid)];
  const passwd = [user.name, 'x', ...ids, '', user.home ?? identity.home, user.shell];
  // The empty third field: no date of the last change, so no date of the build (shadow(5)).
  const shadow = [user.name, user.passwordHash ?? '!', '', '0', '99999', '7', '', '', ''];
  return {
    passwd: replaceRow(withGroup.passwd, passwd),
    shadow: replaceRow(withGroup.shadow, shadow),
    group: joinGroups(withGroup.group, user, 3),
    gshadow: joinGroups(withGroup.gshadow, user, 3),
  };
}

function newIdentity(files: AccountFiles, user: User, given: readonly number[]): Identity {
  const uid = user.uid ?? nextId(files, given);
  return { uid, gid: idOf(files.group, user.name) ?? uid, home: `/home/${user.name}` };
}

function hasGroup(files: AccountFiles, { gid }: Identity): boolean {
  return rows(files.group).some((fields) => fields[2] === String(gid));
}

function addGroup(files: AccountFiles, name: string, gid: number): AccountFiles {
  return {
    ...files,
    group: replaceRow(files.group, [name, 'x', String(gid), '']),
    gshadow: replaceRow(files.gshadow, [name, '!', '', '']),
  };
}

function joinGroups(text: string, user: User, memberField: number): string {
  return user.groups.reduce((result, group) => {
    const row = rows(result).find((fields) => fields[0] === group);
    if (row === undefined) return result;
    const members = new Set((row[memberField] ?? '').split(',').filter((name) => name !== ''));
    members.add(user.name);
    return replaceRow(result, row.with(memberField, [...members].join(',')));
  }, text);
}

/** Free as the id of a group too, which the account gets with it. */
function nextId({ passwd, group }: AccountFiles, given: readonly number[]): number {
  const taken = [...rows(passwd), ...rows(group)].map((fields) => Number(fields[2]));
  const people = [...taken, ...given].filter((id) => id >= FIRST_USER_ID && id < 60_000);
  return Math.max(FIRST_USER_ID - 1, ...people) + 1;
}

function homeDirectory(user: User, files: AccountFiles): TreeEntry[] {
  const identity = identityOf(files.passwd, user.name);
  if (identity === undefined || identity.uid < FIRST_USER_ID) return [];
  return [{ ...rootDirectory(identity.home, 0o700), uid: identity.uid, gid: identity.gid }];
}

/**
 * A home's own, the image's, and those that a machine is given as a credential: systemd would write these to a home, and
 * root's is read-only (systemd.system-credentials(7), ssh.authorized_keys.root).
 */
const AUTHORIZED_KEYS = rootFile(
  '/etc/ssh/sshd_config.d/10-kubeos.conf',
  `AuthorizedKeysFile .ssh/authorized_keys ${KEY_DIRECTORY}/%u /run/credentials/@system/ssh.authorized_keys.%u\n`,
);

function keyFiles(users: readonly User[]): TreeEntry[] {
  return [
    rootDirectory(KEY_DIRECTORY),
    ...users.map((user) =>
      rootFile(`${KEY_DIRECTORY}/${user.name}`, `${user.sshKeys.join('\n')}\n`),
    ),
  ];
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function replaceRow(text: string, fields: readonly string[]): string {
  const others = rows(text);
  const index = others.findIndex((row) => row[0] === fields[0]);
  const all = index === -1 ? [...others, [...fields]] : others.with(index, [...fields]);
  return `${all.map((row) => row.join(':')).join('\n')}\n`;
}
