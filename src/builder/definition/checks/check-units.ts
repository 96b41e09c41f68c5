import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';

/** Units that are asked for and refused in one definition. */
export function checkUnits({ units }: CheckableDefinition): DefinitionFault[] {
  return [
    ...contradictions('mask', units.mask, units.enable),
    ...contradictions('disable', units.disable, units.enable),
  ];
}

function contradictions(
  verb: 'mask' | 'disable',
  refused: readonly string[],
  enabled: readonly string[],
): DefinitionFault[] {
  return refused.flatMap((unit, index) => {
    const other = enabled.indexOf(unit);
    if (other === -1) return [];
    return [
      {
        path: ['units', verb, index],
        message: `the unit ${quoted(unit)} is enabled and ${verb}${verb === 'mask' ? 'ed' : 'd'}`,
        other: { path: ['units', 'enable', other], what: 'enabled at' },
        suggestion: 'remove it from one of the two lists',
      },
    ];
  });
}
