import type { TreeFacts } from '../check-tree.ts';
import { closestWord } from '../closest-word.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import type { ImageDefinition } from '../schema.ts';

/** Owners, groups and shells that the image does not have. Every account under `users` has a group of its name. */
export function checkTreeAccounts(
  { users, files }: ImageDefinition,
  facts: TreeFacts,
): DefinitionFault[] {
  const added = users.map((user) => user.name);
  const knownUsers = new Set([...facts.users.keys(), ...added]);
  const knownGroups = new Set([...facts.groups, ...added]);
  return [
    ...files.flatMap((file, index) => {
      const [user = '', group = ''] = file.owner.split(':');
      const at = ['files', index, 'owner'];
      return [
        ...unknown({ kind: 'user', name: user }, knownUsers, at),
        ...unknown({ kind: 'group', name: group }, knownGroups, at),
      ];
    }),
    ...users.flatMap((user, index) => [
      ...idFaults(user, facts.users, ['users', index, 'uid']),
      ...user.groups.flatMap((group, place) =>
        unknown({ kind: 'group', name: group }, knownGroups, ['users', index, 'groups', place]),
      ),
      ...shellFaults(user.shell, facts, ['users', index, 'shell']),
    ]),
  ];
}

type Kind = 'user' | 'group';
type Path = DefinitionFault['path'];

function unknown(
  { kind, name }: { readonly kind: Kind; readonly name: string },
  known: ReadonlySet<string>,
  path: Path,
): DefinitionFault[] {
  if (/^\d+$/.test(name) || known.has(name)) return [];
  const meant = closestWord(name, [...known].toSorted());
  const remedy =
    kind === 'user'
      ? 'add the account under users, or write its number'
      : 'install the package that makes the group';
  return [
    {
      ...{ path, message: `the image has no ${kind} ${quoted(name)}` },
      suggestion: meant === undefined ? remedy : `did you mean "${meant}"?`,
    },
  ];
}

/** Two accounts of one uid are one: each may do what the other may. */
function idFaults(
  { name, uid }: ImageDefinition['users'][number],
  taken: TreeFacts['users'],
  path: Path,
): DefinitionFault[] {
  if (uid === undefined) return [];
  const own = taken.get(name);
  if (own === uid) return [];
  if (own !== undefined) {
    const message = `the account ${quoted(name)} of the image has the uid ${own}, which stays`;
    return [{ path, message, suggestion: 'remove uid, or choose another name' }];
  }
  const [other] = [...taken].find(([, id]) => id === uid) ?? [];
  if (other === undefined) return [];
  const message = `the uid ${uid} already belongs to ${quoted(other)} of the image`;
  return [{ path, message, suggestion: 'leave uid out to have a free one chosen' }];
}

function shellFaults(shell: string, facts: TreeFacts, path: Path): DefinitionFault[] {
  if (facts.hasPath(shell)) return [];
  return [
    {
      ...{ path, message: `the image has no shell ${quoted(shell)}` },
      suggestion: 'install its package, or write shell: /bin/sh',
    },
  ];
}
