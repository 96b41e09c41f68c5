import { parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf } from '../../disk/grub-environment-slots.ts';
import { activateSlot, commitSlot } from '../upgrade/switch-slot.ts';
import { runningIn } from './boot-node.ts';
import type { CrashState } from './crash-states.ts';
import { GOAL, RELEASES } from './crash-scenarios.ts';
import { TestNode } from './test-node.ts';
import type { TestRelease } from './test-release.ts';
import { copyContent, type DiskContent, type DiskEvent } from './virtual-disk.ts';

/**
 * What the invariants say of a disk after a cut (docs/contracts.md section 2), judged by starting it, running the agent's
 * recovery, and upgrading it.
 *
 * @returns what is violated, or null
 */
export async function violationOf(
  { content, events }: CrashState,
  mayRun: (events: number) => readonly TestRelease[],
): Promise<string | null> {
  if (!hasCommittedSlot(content)) return 'no committed slot holds what it says (I5)';
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

async function recoveryViolation(
  node: TestNode,
  writes: readonly DiskEvent[],
): Promise<string | null> {
  const active = `root-${node.slot}`;
  const { records } = await node.settle();
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
  const state = await node.settle();
  const isGood = state.records[node.slot].state === 'good' && state.environment[node.slot].ok;
  return isGood && node.boot()?.release === GOAL ? null : 'the next upgrade does not last (I7)';
}

function hasCommittedSlot(content: DiskContent): boolean {
  const slots = slotEnvironmentOf(parseGrubEnvironment(content.environment).variables);
  return (['A', 'B'] as const).some(
    (slot) => slots[slot].ok && runningIn(content, slot, RELEASES) !== null,
  );
}
