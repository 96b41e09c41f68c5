import { SLOT_RECORDS_BYTES } from '../../disk/slot-records.ts';
import {
  activateSlot,
  commitSlot,
  deactivateSlot,
  recordRefusal,
  rollBackSlot,
} from '../upgrade/switch-slot.ts';
import { TestNode } from './test-node.ts';
import { ROOT_BYTES, testRelease, type TestRelease } from './test-release.ts';
import { grubPlacesIn, wholeGrub } from './virtual-grub.ts';
import type { DiskContent, DiskEvent } from './disk-content.ts';
import { copyContent, freshContent } from './virtual-disk.ts';

const one = testRelease('1.0.0', 1);
export const two = testRelease('2.0.0', 2, { securityFloor: 1 });
/** What every interrupted node is upgraded to in the end. */
export const GOAL = testRelease('3.0.0', 3);
export const RELEASES = [one, two, GOAL];

/** Something that a node does, and what may run after a cut in the middle of it. */
export interface CrashScenario {
  readonly name: string;
  /** What happened before, of which everything is on the disk. */
  readonly before: (node: TestNode) => Promise<void>;
  /** `switching` is what makes another release boot. */
  readonly act: (
    node: TestNode,
    switching: (work: () => Promise<unknown>) => Promise<void>,
  ) => Promise<void>;
  readonly old: TestRelease;
  readonly new: TestRelease;
}

const digestOf = ({ verified }: TestRelease): string => verified.digest;

async function prepareTwo(node: TestNode): Promise<void> {
  await node.settle();
  await node.prepare(two);
}

export async function tryTwo(node: TestNode): Promise<void> {
  await prepareTwo(node);
  await activateSlot(node.running, digestOf(two));
  node.boot();
}

export async function runTwo(node: TestNode): Promise<void> {
  await tryTwo(node);
  await commitSlot(node.running);
}

export async function upgradeToThree(
  node: TestNode,
  switching: Parameters<CrashScenario['act']>[1],
): Promise<void> {
  await node.prepare(GOAL, { allowOlder: false, allowFailed: true });
  await switching(async () => await activateSlot(node.running, digestOf(GOAL)));
}

export const SCENARIOS: readonly CrashScenario[] = [
  {
    name: 'the first start',
    before: async () => undefined,
    act: async (node) => void (await node.settle()),
    ...{ old: one, new: one },
  },
  {
    name: 'the first upgrade',
    before: async () => undefined,
    async act(node, switching) {
      await node.prepare(two);
      await switching(async () => await activateSlot(node.running, digestOf(two)));
    },
    ...{ old: one, new: two },
  },
  {
    name: 'the second upgrade, over a committed slot',
    ...{ before: runTwo, act: upgradeToThree, old: two, new: GOAL },
  },
  {
    name: 'an upgrade over another that was prepared',
    ...{ before: prepareTwo, act: upgradeToThree, old: one, new: GOAL },
  },
  {
    name: 'an upgrade after the records were lost',
    async before(node) {
      await runTwo(node);
      node.content.records.set(Buffer.alloc(SLOT_RECORDS_BYTES));
    },
    ...{ act: upgradeToThree, old: two, new: GOAL },
  },
  {
    name: 'a commit',
    before: tryTwo,
    act: async (node) => void (await commitSlot(node.running)),
    ...{ old: two, new: two },
  },
  {
    name: 'a trial that is refused',
    before: tryTwo,
    act: async (node) => await recordRefusal(node.running, { code: 'UNHEALTHY', message: 'x' }),
    ...{ old: two, new: two },
  },
  {
    name: 'the start after a fallback, and the next upgrade',
    async before(node) {
      await tryTwo(node);
      for (let tries = 0; tries < 3; tries += 1) node.boot();
    },
    async act(node, switching) {
      await node.settle();
      await upgradeToThree(node, switching);
    },
    ...{ old: one, new: GOAL },
  },
  {
    name: 'a rollback',
    before: runTwo,
    act: async (node, switching) => await switching(async () => await rollBackSlot(node.running)),
    ...{ old: two, new: one },
  },
  {
    name: 'another trial of a release that was good here',
    async before(node) {
      await runTwo(node);
      await rollBackSlot(node.running);
      node.boot();
      await node.settle();
    },
    async act(node, switching) {
      await node.prepare(two);
      await switching(async () => await activateSlot(node.running, digestOf(two)));
    },
    ...{ old: one, new: two },
  },
  {
    name: 'an activation that is taken back',
    async before(node) {
      await prepareTwo(node);
      await activateSlot(node.running, digestOf(two));
    },
    act: async (node, switching) => await switching(async () => await deactivateSlot(node.running)),
    ...{ old: two, new: one },
  },
  {
    name: 'a rollback that is taken back',
    async before(node) {
      await runTwo(node);
      await rollBackSlot(node.running);
    },
    act: async (node, switching) => await switching(async () => await deactivateSlot(node.running)),
    ...{ old: one, new: two },
  },
];

/** A scenario as it went, event by event. */
export interface Recording {
  readonly before: DiskContent;
  /** When all was done. */
  readonly after: DiskContent;
  readonly events: readonly DiskEvent[];
  /** What may run after a cut that came after so many events. */
  readonly mayRun: (events: number) => readonly TestRelease[];
  /** Versions of GRUB that booted this node. */
  readonly provenGrub: readonly string[];
}

export async function record(scenario: CrashScenario): Promise<Recording> {
  const events: DiskEvent[] = [];
  let isOn = false;
  const node = new TestNode(freshContent(one, ROOT_BYTES), RELEASES, {
    onEvent: (event) => void (isOn && events.push(event)),
  });
  await scenario.before(node);
  const before = copyContent(node.content);
  const provenGrub = provenBy(node);
  isOn = true;
  const mayRun = await acting(scenario, node, events);
  return { before, after: node.content, events, mayRun, provenGrub };
}

/** What a node does that was cut off: it starts, recovers, and is upgraded. */
export async function recordRecovery(content: DiskContent): Promise<Recording | null> {
  const events: DiskEvent[] = [];
  const node = new TestNode(copyContent(content), RELEASES, {
    onEvent: (event) => void events.push(event),
  });
  const old = node.boot()?.release;
  if (old === undefined || old === GOAL) return null;
  const before = copyContent(node.content);
  const provenGrub = provenBy(node);
  const act: CrashScenario['act'] = async (_, switching) => {
    const { records } = await node.settle();
    await node.keepGrub();
    if (records[node.slot].state === 'trial') await commitSlot(node.running);
    await node.keepGrub();
    await upgradeToThree(node, switching);
  };
  const mayRun = await acting({ act, old, new: GOAL }, node, events);
  return { before, after: node.content, events, mayRun, provenGrub };
}

function provenBy({ content, grub }: TestNode): string[] {
  const places = grubPlacesIn(content);
  const first = places === null ? null : wholeGrub(places.first);
  return first === null ? [grub] : [grub, first.version];
}

async function acting(
  { act, old, new: after }: Pick<CrashScenario, 'act' | 'old' | 'new'>,
  node: TestNode,
  events: readonly DiskEvent[],
): Promise<Recording['mayRun']> {
  let [begin, end] = [Infinity, Infinity];
  await act(node, async (work) => {
    begin = events.length;
    await work();
    end = events.length;
  });
  return (count) => {
    if (count <= begin) return [old];
    return count < end ? [old, after] : [after];
  };
}
