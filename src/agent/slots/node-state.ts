import type { ParsedGrubEnvironment } from '../../disk/grub-environment.ts';
import {
  slotEnvironmentOf,
  type Slot,
  type SlotEnvironment,
} from '../../disk/grub-environment-slots.ts';
import {
  withFailure,
  type FailureReason,
  type RecordedRelease,
  type SlotRecord,
  type SlotRecords,
} from '../../disk/slot-records.ts';

/** What is found at the start of the agent, before anything is believed. */
export interface FoundNode {
  /** The slot that runs. */
  readonly booted: Slot;
  /** Of this boot (kernel, random/boot_id). */
  readonly bootId: string;
  readonly environment: ParsedGrubEnvironment;
  readonly records: SlotRecords | null;
  /** What each slot's boot configuration on BOOT says that it holds. */
  readonly configured: Readonly<Record<Slot, RecordedRelease | null>>;
  readonly now: Date;
}

/** Records and environment block as they should be. */
export interface NodeState {
  readonly records: SlotRecords;
  readonly environment: SlotEnvironment;
}

export const otherSlot = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A');

/**
 * Brings records and environment block together; what really booted wins (contract section 3). Said once at every start
 * and before every operation: it changes nothing where both agree already.
 */
export function reconcile(found: FoundNode): NodeState {
  const { booted, configured } = found;
  const standby = otherSlot(booted);
  const before = found.records ?? unknownRecords(found);
  const environment = environmentOf(found, before);
  const active = activeRecord(found, before[booted], environment[booted].ok);
  const others = withJudgedStandby(found, before, environment);
  const failed = failedBut(active, others);
  const floor = floorOf(before, active);
  const records = { ...others, [booted]: active, failed, floor, seenIn: found.bootId };
  const mayBoot = MAY_BOOT.has(records[standby].state) && configured[standby] !== null;
  const kept = mayBoot ? environment[standby] : UNBOOTABLE;
  const canBoot = kept.ok || kept.tries > 0;
  return {
    records,
    environment: {
      ...environment,
      [standby]: kept,
      order: canBoot ? environment.order : orderFrom(booted),
    },
  };
}

const MAY_BOOT: ReadonlySet<SlotRecord['state']> = new Set(['good', 'trial', 'unknown']);

export const UNBOOTABLE = { ok: false, tries: 0 } as const;
export const COMMITTED = { ok: true, tries: 0 } as const;

export const orderFrom = (slot: Slot): SlotEnvironment['order'] => (slot === 'A' ? 'A B' : 'B A');

/**
 * A damaged block lets both slots boot; what the records know of a slot on trial must not be lost by that. Where it says no
 * order any more, nobody has asked for the other slot.
 */
function environmentOf({ booted, environment }: FoundNode, records: SlotRecords): SlotEnvironment {
  const said = slotEnvironmentOf(environment.variables);
  const slots = environment.variables.has('order') ? said : { ...said, order: orderFrom(booted) };
  if (environment.kind === 'intact') return slots;
  const of = (slot: Slot) =>
    records[slot].state === 'trial' ? ({ ok: false, tries: 1 } as const) : slots[slot];
  return { ...slots, A: of('A'), B: of('B') };
}

/** The state directory was lost, or this is the first start. */
function unknownRecords({ configured, now }: FoundNode): SlotRecords {
  const of = (slot: Slot): SlotRecord => {
    const release = configured[slot];
    return {
      state: release === null ? 'empty' : 'unknown',
      release,
      since: now.toISOString(),
      activatedIn: null,
    };
  };
  return { A: of('A'), B: of('B'), failed: [], floor: 0 };
}

/** It rises with what is committed, and with nothing else. */
function floorOf({ floor }: SlotRecords, { state, release }: SlotRecord): number {
  return state === 'good' ? Math.max(floor, release?.securityFloor ?? 0) : floor;
}

/** What is committed here did not fail after all: its second try was good. */
function failedBut({ state, release }: SlotRecord, { failed }: SlotRecords): SlotRecords['failed'] {
  return state === 'good' ? failed.filter(({ digest }) => digest !== release?.digest) : failed;
}

function activeRecord(found: FoundNode, before: SlotRecord, isCommitted: boolean): SlotRecord {
  const configured = found.configured[found.booted];
  const isSame = before.release?.digest === configured?.digest;
  const release = isSame ? before.release : configured;
  const state = isCommitted ? 'good' : 'trial';
  if (isSame && before.state === state) return before;
  const activatedIn = isCommitted ? null : before.activatedIn;
  return { state, release, since: found.now.toISOString(), activatedIn };
}

/** The standby slot was to be booted; what that came to. */
function withJudgedStandby(
  found: FoundNode,
  records: SlotRecords,
  environment: SlotEnvironment,
): SlotRecords {
  if (records[otherSlot(found.booted)].state === 'trial') {
    return withoutMissedTrial(found, records, environment);
  }
  return wasRefused(found, environment) ? withRefused(found, records) : records;
}

/**
 * GRUB boots a committed slot that is first in the order, unless it refuses it. Who asks for the other slot does so after
 * the agent's first look in this boot: what the block said before that, GRUB went by.
 */
function wasRefused(
  { booted, bootId, environment: block, records }: FoundNode,
  environment: SlotEnvironment,
): boolean {
  const isFirstLook = records?.seenIn !== bootId;
  const standby = otherSlot(booted);
  const wasFirst = environment.order === orderFrom(standby) && environment[standby].ok;
  return isFirstLook && wasFirst && block.kind === 'intact';
}

/** It may be written again, as after a trial; the block follows what is recorded here. */
function withRefused(found: FoundNode, records: SlotRecords): SlotRecords {
  const standby = otherSlot(found.booted);
  const recorded = records[standby].release;
  const configured = found.configured[standby] ?? recorded;
  // Records that were kept in memory only, and are of before: the slot says what GRUB was to boot.
  const release = recorded?.digest === configured?.digest ? recorded : configured;
  // None of its boots is there to be explained.
  const record = { ...records[standby], release, activatedIn: null };
  const bad = standbyIn(found, { ...records, [standby]: record }, 'bad');
  return release === null ? bad : withFailure(bad, { digest: release.digest, reason: REFUSED });
}

/** The standby slot was to be booted on trial. */
function withoutMissedTrial(
  found: FoundNode,
  records: SlotRecords,
  environment: SlotEnvironment,
): SlotRecords {
  const standby = otherSlot(found.booted);
  // Cut between the record and the block: it was never chosen.
  const wasChosen = environment.order === orderFrom(standby);
  if (!wasChosen) return standbyIn(found, records, 'written');
  // Activated, and not restarted yet.
  if (records[standby].activatedIn === found.bootId) return records;
  return fellBack(found, records);
}

function fellBack(found: FoundNode, records: SlotRecords): SlotRecords {
  const bad = standbyIn(found, records, 'bad');
  const digest = records[otherSlot(found.booted)].release?.digest;
  // Of this trial the health gate has said more than is known here; of one before, nothing.
  const isSaid = bad.failed.some((one) => one.digest === digest && one.isRetried !== true);
  if (digest === undefined || isSaid) return bad;
  return withFailure(bad, { digest, reason: missedReason(found) });
}

const REFUSED: FailureReason = {
  code: 'NOT_LOADED',
  message: 'GRUB refused it: its kernel, initramfs or slot files are damaged',
};

/**
 * GRUB takes a try before it looks at a slot: with one left it would have taken that, had it not refused the slot. Committed
 * it is where power was cut before that was recorded.
 */
function missedReason({ booted, environment }: FoundNode): FailureReason {
  const { ok, tries } = slotEnvironmentOf(environment.variables)[otherSlot(booted)];
  if (environment.kind === 'intact' && (ok || tries > 0)) return REFUSED;
  return { code: 'FELL_BACK', message: 'the slot was on trial, and the other one came up' };
}

function standbyIn(
  { booted, now }: FoundNode,
  records: SlotRecords,
  state: SlotRecord['state'],
): SlotRecords {
  const standby = otherSlot(booted);
  return { ...records, [standby]: { ...records[standby], state, since: now.toISOString() } };
}
