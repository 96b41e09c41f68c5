import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';
import { holderOf, isWithin } from '../image-paths.ts';

/** Directories that cannot last on their own, with the reason. */
const REFUSED: readonly (readonly [directory: string, reason: string, remedy: string])[] = [
  ['/usr', 'comes from the image and changes with every release', 'choose a path outside /usr'],
  ['/etc', 'has its own rule', 'name what of it lasts under etc.named'],
  ['/boot', 'belongs to the slot', 'choose another path'],
  ['/var', 'lasts as a whole already', 'remove this entry'],
  [
    '/persist',
    'is the partition that everything else lasts on',
    'name the directory as programs see it',
  ],
  ['/proc', 'belongs to the kernel', 'remove this entry'],
  ['/sys', 'belongs to the kernel', 'remove this entry'],
  ['/dev', 'belongs to the kernel', 'remove this entry'],
  ['/run', 'is empty at every boot by design', 'use a directory in /var'],
  ['/tmp', 'is empty at every boot by design', 'use a directory in /var'],
];

/** Directories under `persist` that hide each other or what the image needs. */
export function checkPersist({ persist }: CheckableDefinition): DefinitionFault[] {
  return [
    ...persist.flatMap(refusedFaults),
    ...findDuplicates(persist, (path) => path).map(({ value, index, first }) => ({
      path: ['persist', index],
      message: `${quoted(value)} is named twice`,
      other: { path: ['persist', first], what: 'first at' },
      suggestion: 'remove one of the two',
    })),
    ...persist.flatMap((path, index) => nestingFaults(persist, path, index)),
  ];
}

function refusedFaults(path: string, index: number): DefinitionFault[] {
  const holder = holderOf(
    path,
    REFUSED.map(([directory]) => directory),
  );
  const refused = REFUSED.find(([directory]) => directory === holder);
  if (refused === undefined) return [];
  const [directory, reason, remedy] = refused;
  const message = `${quoted(path)} cannot be made to last: ${directory} ${reason}`;
  return [{ path: ['persist', index], message, suggestion: remedy }];
}

function nestingFaults(persist: readonly string[], path: string, index: number): DefinitionFault[] {
  const outer = persist.findIndex((other) => other !== path && isWithin(path, other));
  if (outer === -1 || refusedFaults(path, index).length > 0) return [];
  return [
    {
      path: ['persist', index],
      message: `${quoted(path)} lies in ${quoted(persist[outer] ?? '')}, which lasts as a whole`,
      other: { path: ['persist', outer], what: 'named at' },
      suggestion: 'remove this entry',
    },
  ];
}
