import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { FailureReason } from '../../disk/slot-records.ts';
import { KubeosError } from '../../errors.ts';
import type { LastWords } from '../failure/last-words.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { orderFrom, otherSlot, type NodeState } from '../slots/node-state.ts';
import { saveState, settleState } from '../slots/save-state.ts';
import {
  activate,
  commit,
  deactivate,
  explainFailure,
  refuseTrial,
  rollBack,
  type Change,
} from '../slots/transitions.ts';
import { storedSum } from './stored-sum.ts';

export interface SwitchRequest {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
}

/**
 * Makes the next boot a trial of the release in the standby slot. Twice is the same as once.
 *
 * @throws KubeosError REFUSED unless that slot was written whole with this release, and is still what it was if that is long ago
 */
export async function activateSlot(
  request: SwitchRequest,
  digest: string,
  holdSeconds = 0,
): Promise<NodeState> {
  const { disk, clock } = request;
  const state = await settleState(disk, clock);
  const standby = otherSlot(disk.booted);
  const { release, state: has } = state.records[standby];
  const isIt = release?.digest === digest;
  if (isIt && has === 'trial') return state;
  if (!isIt || (has !== 'written' && has !== 'good')) {
    const message = `slot ${standby} does not hold ${digest}: it is ${has}`;
    throw new KubeosError('REFUSED', message, { hint: 'prepare that release first' });
  }
  if (!state.environment[disk.booted].ok) throw notCommitted(disk);
  if (has === 'good') await assertGood(disk, state);
  return await save(
    request,
    state,
    activate(state, { bootId: clock.bootId, holdSeconds }, change(request)),
  );
}

/** Takes an activation or a rollback back, before the restart. */
export async function deactivateSlot(request: SwitchRequest): Promise<NodeState> {
  const { disk, clock } = request;
  const state = await settleState(disk, clock);
  if (state.environment.order === orderFrom(disk.booted)) return state;
  return await switchBlock(request, state, deactivate(state, change(request)));
}

/**
 * The running slot is good. Twice is the same as once.
 *
 * @throws KubeosError REFUSED while the other slot is to boot next, unless that may be taken back (`takesBack`)
 */
export async function commitSlot(
  request: SwitchRequest,
  { takesBack = false }: { readonly takesBack?: boolean } = {},
): Promise<NodeState> {
  const { disk, clock } = request;
  const state = await settleState(disk, clock);
  if (state.environment[disk.booted].ok) return state;
  if (!takesBack && isLeft(state, disk.booted)) throw leftFor(otherSlot(disk.booted));
  return await switchBlock(request, state, commit(state, change(request)));
}

/** Changes the block, and then in the records what follows from it. */
async function switchBlock(
  { disk, clock }: SwitchRequest,
  before: NodeState,
  after: NodeState,
): Promise<NodeState> {
  await saveState(disk, before, after);
  return await settleState(disk, clock);
}

/**
 * Makes the other slot, which was good, the one that boots; it is read and compared first.
 *
 * @throws KubeosError REFUSED when it is not recorded as good, below the floor, or no longer what it was
 */
export async function rollBackSlot(request: SwitchRequest): Promise<NodeState> {
  const state = await settleState(request.disk, request.clock);
  await assertGood(request.disk, state);
  return await save(request, state, rollBack(state, change(request)));
}

/** Keeps why the release on trial is not healthy. */
export async function recordRefusal(request: SwitchRequest, reason: FailureReason): Promise<void> {
  const state = await settleState(request.disk, request.clock);
  await save(request, state, refuseTrial(state, reason, change(request)));
}

/** Keeps what the trial of a release that failed here left behind. */
export async function recordExplanation(
  request: SwitchRequest,
  digest: string,
  words: LastWords,
): Promise<void> {
  const state = await settleState(request.disk, request.clock);
  await save(request, state, explainFailure(state, digest, words));
}

async function assertGood(disk: NodeDisk, { records, environment }: NodeState): Promise<void> {
  const standby = otherSlot(disk.booted);
  const { state, release } = records[standby];
  // Where the records were lost, GRUB's block knows that it was committed.
  const isGood = state === 'good' || (state === 'unknown' && environment[standby].ok);
  const hint = 'prepare a release that is published, and activate it';
  const refuse = (why: string): KubeosError =>
    new KubeosError('REFUSED', `slot ${standby} ${why}`, { hint });
  if (!isGood || release === null) throw refuse(`is ${state}, not good`);
  if (release.epoch < records.floor) throw refuse(`is below the security floor ${records.floor}`);
  const { image } = release;
  if (image === null) throw refuse('cannot be verified: its image is not recorded');
  if ((await storedSum(disk, image.size)) !== image.sha256) throw refuse('is damaged');
}

/**
 * Somebody has asked for the other slot in this boot: what an order from before it came to, the agent has settled
 * (`reconcile`).
 */
const isLeft = ({ environment }: NodeState, booted: Slot): boolean =>
  environment.order !== orderFrom(booted);

function leftFor(next: Slot): KubeosError {
  const message = `slot ${next} is to boot next: a commit would take that back`;
  return new KubeosError('REFUSED', message, {
    hint: 'restart it, or say `kubeos-agent cancel` as root on the node',
  });
}

function notCommitted({ booted }: NodeDisk): KubeosError {
  return new KubeosError('REFUSED', `slot ${booted} runs on trial and is not committed`, {
    hint: 'commit it first, or restart to go back to the other slot',
  });
}

async function save(
  { disk }: SwitchRequest,
  before: NodeState,
  after: NodeState,
): Promise<NodeState> {
  await saveState(disk, before, after);
  return after;
}

const change = ({ disk, clock }: SwitchRequest): Change => ({
  booted: disk.booted,
  now: clock.now(),
});
