import type { ImageDefinition } from '../definition/schema.ts';
import { rootFile, type TreeEntry } from './tree-entry.ts';

type StateItem = ImageDefinition['state']['items'][number];

/**
 * What is known to keep an older release from starting. kubelet ends at start on checkpoints of another version
 * (kubernetes#86689, #127653), and makes new ones where there are none; containerd moves what it stores between its
 * versions, and would have to fetch all images again without its database.
 */
const KNOWN: readonly StateItem[] = [
  {
    name: 'containerd',
    paths: ['/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db'],
    onRollback: 'keep',
  },
  {
    name: 'kubelet',
    paths: [
      'actuated_pods_state',
      'allocated_pods_state',
      'cpu_manager_state',
      'device-plugins/kubelet_internal_checkpoint',
      'dra_manager_state',
      'memory_manager_state',
      'pod_status_manager_state',
    ].map((name) => `/var/lib/kubelet/${name}`),
    onRollback: 'moveAside',
  },
];

/** `state.json`, which the agent obeys before services start. An item of the definition takes a known one's place. */
export function planState({ state }: ImageDefinition): TreeEntry[] {
  const own = new Set(state.items.map(({ name }) => name));
  const items = [...KNOWN.filter(({ name }) => !own.has(name)), ...state.items];
  const text = JSON.stringify({ dataEpoch: state.dataEpoch, items }, null, 2);
  return [rootFile('/usr/lib/kubeos/state.json', `${text}\n`)];
}
