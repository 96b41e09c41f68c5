import type { ImageDefinition } from '../definition/schema.ts';
import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

const OURS = new Set(['IMAGE_ID', 'IMAGE_VERSION', 'VARIANT', 'VARIANT_ID']);

/**
 * os-release(5): the base keeps ID and VERSION_ID, because scanners choose their vulnerability feed by
 * them; ours stand in IMAGE_ID, IMAGE_VERSION and VARIANT_ID.
 */
export function planOsIdentity(definition: ImageDefinition, osRelease: string): TreeEntry[] {
  const kept = osRelease
    .split('\n')
    .filter((line) => line !== '' && !OURS.has(line.split('=', 1)[0] ?? ''));
  const ours = [
    'VARIANT="kubeos"',
    'VARIANT_ID=kubeos',
    `IMAGE_ID=${definition.name}`,
    `IMAGE_VERSION="${definition.version}"`,
  ];
  return [
    rootFile('/usr/lib/os-release', `${[...kept, ...ours].join('\n')}\n`),
    rootLink('/etc/os-release', '../usr/lib/os-release'),
    // Its time, not its content, is what counts; the build sets it last.
    rootFile('/usr/lib/clock-epoch', ''),
    // Empty: the first boot writes the node's own (machine-id(5)).
    rootFile('/etc/machine-id', '', 0o444),
  ];
}
