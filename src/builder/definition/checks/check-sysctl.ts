import { sysctlName } from '../../../configuration/key-parts.ts';
import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';

/** One kernel setting under two spellings: sysctl.d(5) takes `/` and `.` alike. */
export function checkSysctl({ sysctl }: CheckableDefinition): DefinitionFault[] {
  const keys = Object.keys(sysctl);
  return findDuplicates(keys, sysctlName).map(({ value, first }) => ({
    path: ['sysctl', value],
    at: 'key',
    message: `${quoted(value)} and ${quoted(keys[first] ?? '')} are the same setting`,
    other: { path: ['sysctl', keys[first] ?? ''], what: 'first at' },
    suggestion: 'remove one of the two',
  }));
}
