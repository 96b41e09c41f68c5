import { isDeepStrictEqual } from 'node:util';
import { writeSlotRecords } from '../../disk/slot-record-file.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import { readFoundNode, type NodeClock } from '../node/read-found-node.ts';
import { reconcile, type NodeState } from './node-state.ts';
import { writeEnvironment } from './write-environment.ts';

/**
 * Records first, then the block: what the records do not allow is never booted, and GRUB decides by the block alone.
 * What is as it should be is not written. Each is on the disk before the next is begun.
 */
export async function saveState(
  disk: NodeDisk,
  before: Partial<NodeState>,
  after: NodeState,
): Promise<void> {
  if (!isDeepStrictEqual(before.records, after.records)) {
    await writeSlotRecords(disk.records, after.records);
  }
  if (!isDeepStrictEqual(before.environment, after.environment)) {
    await writeEnvironment(disk, { slots: after.environment });
  }
}

/** Reads what is there, and brings records and block together where they are not; `isReadOnly`: says what that would be. */
export async function settleState(
  disk: NodeDisk,
  clock: NodeClock,
  { isReadOnly = false }: { readonly isReadOnly?: boolean } = {},
): Promise<NodeState> {
  const found = await readFoundNode(disk, clock);
  const state = reconcile(found);
  if (isReadOnly) return state;
  const { records, environment } = found;
  const isIntact = environment.kind === 'intact';
  const stored = isIntact ? { environment: found.slots } : {};
  await saveState(disk, records === null ? stored : { records, ...stored }, state);
  return state;
}
