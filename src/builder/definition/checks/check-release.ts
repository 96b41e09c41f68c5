import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';

/** A node that commits a release takes over its floor, and would refuse this release itself from then on. */
export function checkRelease({ epoch, release }: CheckableDefinition): DefinitionFault[] {
  const { securityFloor } = release;
  if (securityFloor <= epoch) return [];
  return [
    {
      path: ['release', 'securityFloor'],
      message: `${securityFloor} is above the epoch of this release, which is ${epoch}`,
      expected: `at most ${epoch}`,
      suggestion: 'raise epoch, or name the epoch of the oldest release that is still safe',
    },
  ];
}
