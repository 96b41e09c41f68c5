import { commitSlot } from '../upgrade/switch-slot.ts';
import {
  GOAL,
  runTwo,
  tryTwo,
  two,
  upgradeToThree,
  type CrashScenario,
} from './crash-scenarios.ts';
import type { TestNode } from './test-node.ts';

/** GRUB of release 2 is written, and asked for. */
async function bringTwosGrub(node: TestNode): Promise<void> {
  await runTwo(node);
  await node.keepGrub();
}

/** What a node does about GRUB's own image. */
export const GRUB_SCENARIOS: readonly CrashScenario[] = [
  {
    name: 'a commit that brings another GRUB',
    before: tryTwo,
    async act(node) {
      await commitSlot(node.running);
      await node.keepGrub();
    },
    ...{ old: two, new: two },
  },
  {
    name: 'the first start by another GRUB',
    async before(node) {
      await bringTwosGrub(node);
      node.boot();
    },
    async act(node) {
      await node.settle();
      await node.keepGrub();
    },
    ...{ old: two, new: two },
  },
  {
    name: 'an upgrade while another GRUB waits to be tried',
    ...{ before: bringTwosGrub, act: upgradeToThree, old: two, new: GOAL },
  },
  {
    name: 'a trial by a GRUB on trial, its commit, and the next GRUB over the old one',
    async before(node) {
      await bringTwosGrub(node);
      await upgradeToThree(node, async (work) => void (await work()));
      node.boot();
    },
    async act(node) {
      await node.settle();
      await node.keepGrub();
      await commitSlot(node.running);
      await node.keepGrub();
    },
    ...{ old: GOAL, new: GOAL },
  },
];
