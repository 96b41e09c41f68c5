import { closestWord } from './closest-word.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { oneOf, quoted } from './describe-value.ts';
import { keyAdvice } from './key-advice.ts';
import type { PropertyPath } from './located-node.ts';

/** More keys than this are listed only where nothing better can be said. */
const SHORT_LIST = 8;

export function unknownKey(path: PropertyPath, known: readonly string[]): DefinitionFault {
  const key = String(path.at(-1));
  const meant = closestWord(key, known);
  const advice = keyAdvice(path) ?? (meant === undefined ? undefined : `did you mean "${meant}"?`);
  const isListed = advice === undefined || (meant !== undefined && known.length <= SHORT_LIST);
  return {
    ...{ path, message: `unknown key ${quoted(key)}`, at: 'key' },
    ...(isListed ? { expected: oneOf(known) } : {}),
    ...(advice === undefined ? {} : { suggestion: advice }),
  };
}
