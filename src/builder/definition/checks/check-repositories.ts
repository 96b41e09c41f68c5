import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';

/** Keys, signatures and the lock go by a repository's id: of two with the same one, only the second would be used. */
export function checkRepositories({ base }: CheckableDefinition): DefinitionFault[] {
  if (base?.type !== 'dnf') return [];
  return findDuplicates(base.repositories, ({ id }) => id).map(({ value, index, first }) => ({
    path: ['base', 'repositories', index, 'id'],
    message: `the repository ${quoted(value.id)} is defined twice`,
    other: { path: ['base', 'repositories', first, 'id'], what: 'first at' },
    suggestion: 'give each repository its own id, or remove one',
  }));
}
