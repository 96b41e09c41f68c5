import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';

/** Parts of /etc that must come from the image: kept on a node, they would outlive what they were for. */
const FROM_IMAGE: readonly (readonly [path: string, reason: string])[] = [
  ['os-release', 'it says which image runs, and is a link to /usr'],
  ['systemd/system', 'a unit there would take the place of one in /usr, the agent included'],
  ['ld.so.preload', 'it would load a program into everything that runs, the agent included'],
  ['fstab', 'kubeos mounts all file systems before systemd starts'],
];

/** Items of /etc that must not last: kept on the node, they would hide what a newer image trusts. */
export function checkEtc({ etc }: CheckableDefinition): DefinitionFault[] {
  if (typeof etc === 'string') return [];
  return etc.named.flatMap(itemFaults);
}

function itemFaults(item: string, index: number): DefinitionFault[] {
  const path = ['etc', 'named', index];
  if (/^\*+$/.test(item)) {
    const message = `${quoted(item)} would make all of /etc last`;
    return [{ path, message, suggestion: 'if that is meant, write etc: mutable' }];
  }
  const hidden = FROM_IMAGE.find(([kept]) => covers(item, kept));
  if (hidden === undefined) return [];
  return [
    {
      path,
      message: `${quoted(item)} would keep /etc/${hidden[0]} from the image: ${hidden[1]}`,
      suggestion: 'name the single files that you need, or put them into the image under files',
    },
  ];
}

/** Whether the item names the path, something that holds it, or something in it. */
function covers(item: string, kept: string): boolean {
  const itemParts = item.split('/');
  const keptParts = kept.split('/');
  const length = Math.min(itemParts.length, keptParts.length);
  return itemParts.slice(0, length).every((part, depth) => matches(part, keptParts[depth] ?? ''));
}

function matches(pattern: string, name: string): boolean {
  // The schema leaves only letters, digits and _ . @ * - in an item.
  const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(name);
}
