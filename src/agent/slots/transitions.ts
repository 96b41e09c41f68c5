import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { FailureReason, RecordedRelease, SlotRecord } from '../../disk/slot-records.ts';
import { withFailure, withRetry } from '../../disk/slot-records.ts';
import { explained } from '../failure/explanation.ts';
import type { LastWords } from '../failure/last-words.ts';
import { COMMITTED, orderFrom, otherSlot, UNBOOTABLE, type NodeState } from './node-state.ts';

/** What a change is made of, besides the state before. */
export interface Change {
  readonly booted: Slot;
  readonly now: Date;
}

/** Boots that a release on trial gets. */
const TRIAL = { ok: false, tries: 3 } as const;

/** Before the first byte of the standby slot changes: it holds nothing, and GRUB does not choose it. */
export function beginWriting(state: NodeState, release: RecordedRelease, at: Change): NodeState {
  const standby = otherSlot(at.booted);
  return withStandby(state, at, {
    record: { state: 'writing', release, activatedIn: null },
    environment: { [standby]: UNBOOTABLE, order: orderFrom(at.booted) },
  });
}

/** All of the standby slot was read back, its boot files too. */
export function finishWriting(state: NodeState, release: RecordedRelease, at: Change): NodeState {
  return withStandby(state, at, { record: { state: 'written', release }, environment: {} });
}

/** Who begins a trial, and in which boot. */
export interface Activation {
  readonly bootId: string;
  /** For so long a healthy trial is left to whoever activated it to commit; 0 for not at all. */
  readonly holdSeconds: number;
}

/** The next boot is a trial of the standby slot. */
export function activate(
  state: NodeState,
  { bootId, holdSeconds }: Activation,
  at: Change,
): NodeState {
  const standby = otherSlot(at.booted);
  const records = withRetry(state.records, state.records[standby].release?.digest);
  return withStandby({ ...state, records }, at, {
    record: { state: 'trial', activatedIn: bootId, ...(holdSeconds > 0 && { holdSeconds }) },
    environment: { [standby]: TRIAL, order: orderFrom(standby) },
  });
}

/** The next boot is the running slot again: the block first, as in `commit`. What was good can still be gone back to. */
export function deactivate({ records, environment }: NodeState, { booted }: Change): NodeState {
  const standby = otherSlot(booted);
  const kept = records[standby].state === 'trial' ? UNBOOTABLE : environment[standby];
  return { records, environment: { ...environment, [standby]: kept, order: orderFrom(booted) } };
}

/**
 * The running slot is good: it boots without counting. The block alone says so, and the records follow it; a record that
 * came first would hide that the slot was given up in between.
 */
export function commit(state: NodeState, { booted }: Change): NodeState {
  const environment = { ...state.environment, [booted]: COMMITTED, order: orderFrom(booted) };
  return { ...state, environment };
}

/** The next boot is the other slot, which was good and still is. */
export function rollBack(state: NodeState, at: Change): NodeState {
  const standby = otherSlot(at.booted);
  const environment = { ...state.environment, [standby]: COMMITTED, order: orderFrom(standby) };
  return { ...state, environment };
}

/** The release that runs on trial is not healthy: it is not tried again on this node. */
export function refuseTrial(state: NodeState, reason: FailureReason, at: Change): NodeState {
  const digest = state.records[at.booted].release?.digest;
  if (digest === undefined) return state;
  return { ...state, records: withFailure(state.records, { digest, reason }) };
}

/** What a trial that failed left behind says why, where that is not known better. */
export function explainFailure(state: NodeState, digest: string, words: LastWords): NodeState {
  const recorded = state.records.failed.find((one) => one.digest === digest);
  if (recorded === undefined) return state;
  const reason = explained(recorded.reason, words);
  return { ...state, records: withFailure(state.records, { ...recorded, reason }) };
}

interface StandbyChange {
  readonly record: Partial<SlotRecord>;
  readonly environment: Partial<NodeState['environment']>;
}

function withStandby(
  { records, environment }: NodeState,
  { booted, now }: Change,
  change: StandbyChange,
): NodeState {
  const standby = otherSlot(booted);
  // Of the activation before this change.
  const { holdSeconds: _, ...kept } = records[standby];
  const record = { ...kept, ...change.record, since: now.toISOString() };
  return {
    records: { ...records, [standby]: record },
    environment: { ...environment, ...change.environment },
  };
}
