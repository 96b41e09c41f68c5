import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { readImageReference } from '../read-image-reference.ts';

/** An image in a registry has to be named by what does not change. */
export function checkImage({ base }: CheckableDefinition): DefinitionFault[] {
  if (base?.type !== 'oci') return [];
  const read = readImageReference(base.image);
  if (read.kind !== 'faulty') return [];
  const message = read.message.replace(`base.image ${base.image}`, quoted(base.image));
  const path = ['base', 'image'];
  return [{ path, message, ...(read.hint === undefined ? {} : { suggestion: read.hint }) }];
}
