import { compareText } from '../../inventory/compare-text.ts';
import type { AccountChange } from './image-diff.ts';

/** Numbers by name. */
export interface Accounts {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** passwd(5) and group(5) agree on where name and number stand. */
export function parseAccounts(passwd: string, group: string): Accounts {
  return { users: numbersIn(passwd), groups: numbersIn(group) };
}

function numbersIn(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name !== '' && /^\d+$/.test(number)) numbers.set(name, Number(number));
  }
  return numbers;
}

export function compareAccounts(before: Accounts, after: Accounts): readonly AccountChange[] {
  return [
    ...changesIn('user', before.users, after.users),
    ...changesIn('group', before.groups, after.groups),
  ];
}

function changesIn(
  kind: AccountChange['kind'],
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): AccountChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted(compareText);
  return names
    .map((name) => ({
      ...{ kind, name },
      before: before.get(name) ?? null,
      after: after.get(name) ?? null,
    }))
    .filter((change) => change.before !== change.after);
}
