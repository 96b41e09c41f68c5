import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';

/** Accounts that contradict each other, or that nobody decided on. */
export function checkAccounts({ users }: CheckableDefinition): DefinitionFault[] {
  return [...users.flatMap(accessFaults), ...duplicateNames(users), ...idFaults(users)];
}

type Users = CheckableDefinition['users'];

function accessFaults(user: Users[number], index: number): DefinitionFault[] {
  if (user.sshKeys.length > 0 || user.passwordHash !== undefined) return [];
  return [
    {
      path: ['users', index],
      message: `the account ${quoted(user.name)} has neither a key nor a password hash`,
      expected: 'sshKeys, or passwordHash with what `openssl passwd -6` prints',
      suggestion: 'if nobody is to log in with it, write passwordHash: "!"',
    },
  ];
}

function duplicateNames(users: Users): DefinitionFault[] {
  return findDuplicates(users, (user) => user.name).map(({ value, index, first }) => ({
    path: ['users', index, 'name'],
    message: `the account ${quoted(value.name)} is defined twice`,
    other: { path: ['users', first, 'name'], what: 'first at' },
    suggestion: 'merge the two, or rename one',
  }));
}

function idFaults(users: Users): DefinitionFault[] {
  const twice = findDuplicates(users, (user) => user.uid).filter(
    ({ value, first }) => users[first]?.name !== value.name,
  );
  return [
    ...twice.map(({ value, index, first }) => ({
      path: ['users', index, 'uid'],
      message: `the uid ${value.uid} already belongs to ${quoted(users[first]?.name ?? '')}`,
      other: { path: ['users', first, 'uid'], what: 'given at' },
      suggestion: 'give each account its own uid',
    })),
    ...users.flatMap(rootIdFaults),
  ];
}

function rootIdFaults(user: Users[number], index: number): DefinitionFault[] {
  if (user.uid === undefined || (user.uid === 0) === (user.name === 'root')) return [];
  const path = ['users', index, 'uid'];
  if (user.name === 'root')
    return [{ path, message: 'the uid of root is 0', found: `${user.uid}` }];
  return [
    {
      path,
      message: `uid 0 would make ${quoted(user.name)} a second root`,
      expected: 'a uid of its own',
      suggestion: 'leave uid out to have a free one chosen',
    },
  ];
}
