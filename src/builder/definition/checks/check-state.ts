import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';
import { holderOf, isWithin } from '../image-paths.ts';

/** Saved data is moved by rename, which only works within PERSIST. */
export function checkState({ state, persist }: CheckableDefinition): DefinitionFault[] {
  const places = state.items.flatMap(({ paths }, item) =>
    paths.map((place, index) => ({ place, path: ['state', 'items', item, 'paths', index] })),
  );
  return [
    ...findDuplicates(state.items, ({ name }) => name).map(({ value, index, first }) => ({
      path: ['state', 'items', index, 'name'],
      message: `${quoted(value.name)} is named twice`,
      other: { path: ['state', 'items', first, 'name'], what: 'first at' },
      suggestion: 'put all paths of one service into one item',
    })),
    ...places.flatMap(({ place, path }) => placeFaults(place, { path, persist })),
    ...places.flatMap(({ place, path }, index) => {
      const other = places.find((one, at) => at !== index && isWithin(place, one.place));
      if (other === undefined) return [];
      const message = `${quoted(place)} is saved twice`;
      const where = { path: other.path, what: 'also at' };
      return [{ path, message, other: where, suggestion: 'remove one of the two' }];
    }),
  ];
}

interface Context {
  readonly path: (string | number)[];
  readonly persist: readonly string[];
}

function placeFaults(place: string, { path, persist }: Context): DefinitionFault[] {
  const roots = ['/var', ...persist];
  // What is mounted by itself cannot be renamed.
  if (holderOf(place, roots) !== undefined && !roots.includes(place)) return [];
  return [
    {
      path,
      message: `${quoted(place)} cannot be saved and put back`,
      expected: 'a path inside /var, or inside a directory that persist names',
      suggestion: 'name the files of the service in /var/lib',
    },
  ];
}
