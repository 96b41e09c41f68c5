import { isDeepStrictEqual } from 'node:util';
import { parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf, type Slot, type SlotState } from '../../disk/grub-environment-slots.ts';
import { decodeSlotRecords } from '../../disk/slot-records.ts';
import { activateSlot, commitSlot } from '../upgrade/switch-slot.ts';
import { grubViolation } from './grub-violation.ts';
import { canLoad, runningIn } from './boot-node.ts';
import type { CrashState } from './crash-states.ts';
import { GOAL, RELEASES, type Recording } from './crash-scenarios.ts';
import { TestNode } from './test-node.ts';
import { PAGE } from './test-release.ts';
import type { DiskContent, DiskEvent } from './disk-content.ts';
import { copyContent } from './virtual-disk.ts';

/**
 * What the invariants say of a disk after a cut (docs/contracts.md section 2), judged by looking at it, starting it, running
 * the agent's recovery, and upgrading it.
 *
 * @returns what is violated, or null
 */
export async function violationOf(state: CrashState, recording: Recording): Promise<string | null> {
  return (
    slotsViolation(state.content) ??
    grubViolation(state, recording) ??
    recordsViolation(state, recording) ??
    (await startViolation(state, recording)) ??
    (await trialViolation(state))
  );
}

/** Judged by what is there, whatever would boot. */
function slotsViolation(content: DiskContent): string | null {
  const environment = slotEnvironmentOf(parseGrubEnvironment(content.environment).variables);
  const [a, b] = SLOTS.map((slot) => slotViolation(content, slot, environment[slot]));
  const isAnyGood = SLOTS.some((slot) => environment[slot].ok && isRunnable(content, slot));
  return a ?? b ?? (isAnyGood ? null : 'no committed slot holds what it says (I5)');
}

const SLOTS = ['A', 'B'] as const;

function slotViolation(content: DiskContent, slot: Slot, { ok, tries }: SlotState): string | null {
  if (isRunnable(content, slot)) return null;
  if (ok || tries > 0) return `GRUB may choose slot ${slot}, which is not whole (I2)`;
  // As the last resort GRUB tries a slot whatever the block says.
  return canLoad(content, slot) ? `GRUB can load slot ${slot}, which is not whole (I3)` : null;
}

/** A record that was there is never lost, and what was done is recorded for good. */
function recordsViolation({ content, events }: CrashState, recording: Recording): string | null {
  const stored = decodeSlotRecords(content.records)?.records ?? null;
  const before = decodeSlotRecords(recording.before.records);
  if (stored === null)
    return before === null && events < recording.events.length ? null : 'the records are lost';
  if (events < recording.events.length) return null;
  const done = decodeSlotRecords(recording.after.records)?.records;
  return isDeepStrictEqual(stored, done) ? null : 'what was done is not recorded';
}

async function startViolation(
  { content, events }: CrashState,
  { mayRun }: Recording,
): Promise<string | null> {
  const writes: DiskEvent[] = [];
  const node = new TestNode(copyContent(content), RELEASES, {
    onEvent: (event) => void writes.push(event),
  });
  const booted = node.boot();
  if (booted === null) return 'the machine never comes up';
  if (booted.boots > 1) return 'a slot was chosen that does not run (I2, I3)';
  const { version } = booted.release.verified.manifest;
  if (!mayRun(events).includes(booted.release)) return `${version} runs (I4)`;
  return await recoveryViolation(node, writes);
}

/** Were the release on trial one that panics: the node falls back from it, and knows that. */
async function trialViolation({ content }: CrashState): Promise<string | null> {
  const { order, A, B } = slotEnvironmentOf(parseGrubEnvironment(content.environment).variables);
  const slot = order === 'A B' ? 'A' : 'B';
  if ({ A, B }[slot].tries === 0) return null;
  const node = new TestNode(copyContent(content), RELEASES, { slot });
  const digest = runningIn(content, slot, RELEASES)?.verified.digest;
  // Kernel and initramfs are as they were.
  node.content[`root-${slot}`].fill('damage', 3 * PAGE, 4 * PAGE);
  if (node.boot()?.slot === slot) return 'a release that panics is not fallen back from (I5)';
  const { failed } = (await node.settle()).records;
  return failed.some((one) => one.digest === digest) ? null : 'a failed release is forgotten (I6)';
}

async function recoveryViolation(
  node: TestNode,
  writes: readonly DiskEvent[],
): Promise<string | null> {
  const active = `root-${node.slot}`;
  const { records } = await node.settle();
  await node.keepGrub();
  if (records[node.slot].state === 'trial') await commitSlot(node.running);
  if (writes.some(({ place }) => place === active)) return 'the running slot was written (I1)';
  return await upgradeViolation(node);
}

/** Whatever was interrupted, the next upgrade works. */
async function upgradeViolation(node: TestNode): Promise<string | null> {
  const { verified } = GOAL;
  const { records } = await node.settle();
  if (records[node.slot].release?.digest !== verified.digest) {
    await node.prepare(GOAL, { allowOlder: true, allowFailed: true });
    await activateSlot(node.running, verified.digest);
    const booted = node.boot();
    if (booted?.release !== GOAL || booted.boots > 1) return 'the next upgrade does not boot (I7)';
    await commitSlot(node.running);
  }
  return await lastingViolation(node);
}

async function lastingViolation(node: TestNode): Promise<string | null> {
  const state = await node.settle();
  const isGood = state.records[node.slot].state === 'good' && state.environment[node.slot].ok;
  await node.keepGrub();
  if (!isGood || node.boot()?.release !== GOAL) return 'the next upgrade does not last (I7)';
  const { at } = await node.keepGrub();
  return at === 'current' ? null : `the next GRUB is not made the first: ${at} (I10)`;
}

const isRunnable = (content: DiskContent, slot: Slot): boolean =>
  runningIn(content, slot, RELEASES) !== null;
