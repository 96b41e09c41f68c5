import type { Slot } from '../disk/grub-environment-slots.ts';
import type { SlotRecord, SlotRecords } from '../disk/slot-records.ts';
import type { CheckResult } from './health/health-check.ts';
import type { Operation, OperationResult } from './operation-queue.ts';
import { otherSlot, type NodeState } from './slots/node-state.ts';

/** What `GET /v1/status` answers (contract section 5). */
export interface AgentStatus {
  readonly agentVersion: string;
  readonly booted: Slot;
  readonly bootId: string;
  /** The slot that GRUB takes at the next boot, and whether that is a trial. */
  readonly next: { readonly slot: Slot; readonly isTrial: boolean };
  readonly slots: Readonly<Record<Slot, SlotStatus>>;
  readonly failed: SlotRecords['failed'];
  readonly floor: number;
  readonly operation: Operation | null;
  readonly last: OperationResult | null;
  /** While the running release is on trial: what of the required checks is not good. */
  readonly trial: { readonly failing: readonly CheckResult[] } | null;
}

export interface SlotStatus extends Pick<SlotRecord, 'state' | 'release' | 'since'> {
  /** Boots left on trial; null for a slot that boots without counting, 0 for one that GRUB does not choose. */
  readonly triesLeft: number | null;
}

export interface StatusSource {
  readonly agentVersion: string;
  readonly booted: Slot;
  readonly bootId: string;
  readonly state: NodeState;
  readonly operation: Operation | null;
  readonly last: OperationResult | null;
  readonly trial: AgentStatus['trial'];
}

export function statusOf({ state, ...rest }: StatusSource): AgentStatus {
  const { records } = state;
  return {
    ...rest,
    next: nextOf(state),
    slots: { A: slotStatus(state, 'A'), B: slotStatus(state, 'B') },
    failed: records.failed,
    floor: records.floor,
  };
}

function slotStatus({ records, environment }: NodeState, slot: Slot): SlotStatus {
  const { state, release, since } = records[slot];
  const { ok, tries } = environment[slot];
  return { state, release, since, triesLeft: ok ? null : tries };
}

function nextOf({ environment }: NodeState): AgentStatus['next'] {
  const first: Slot = environment.order === 'A B' ? 'A' : 'B';
  const slot = canBoot(environment[first]) ? first : otherSlot(first);
  return { slot, isTrial: !environment[slot].ok };
}

const canBoot = ({ ok, tries }: NodeState['environment'][Slot]): boolean => ok || tries > 0;
