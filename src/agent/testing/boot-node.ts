import { hash } from 'node:crypto';
import { decideSlot } from '../../disk/grub-environment-decision.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type Slot,
  type SlotEnvironment,
} from '../../disk/grub-environment-slots.ts';
import { parseSlotConfiguration, parseSlotSums } from '../../disk/parse-slot-configuration.ts';
import { PAGE, type TestRelease } from './test-release.ts';
import type { DiskContent } from './virtual-disk.ts';

/** The slot that came up, and the release that it is. */
export interface Booted {
  readonly slot: Slot;
  readonly release: TestRelease;
  /** Starts that it took: more than one when a slot was chosen that does not run. */
  readonly boots: number;
}

const MAX_BOOTS = 10;

/**
 * What GRUB, the kernel and verity do with a disk: counters are saved before a try, kernel and initramfs are compared
 * with their sums, and a root that is not what its release says panics and restarts.
 *
 * @returns null for a machine that never comes up
 */
export function bootNode(content: DiskContent, releases: readonly TestRelease[]): Booted | null {
  for (let boots = 1; boots <= MAX_BOOTS; boots += 1) {
    const slot = chosenByGrub(content);
    if (slot === null) return null;
    const release = runningIn(content, slot, releases);
    if (release !== null) return { slot, release, boots };
  }
  return null;
}

function chosenByGrub(content: DiskContent): Slot | null {
  const parsed = parseGrubEnvironment(content.environment);
  let slots = slotEnvironmentOf(parsed.variables);
  for (const attempt of decideSlot(slots)) {
    if (attempt.kind === 'trial') {
      slots = { ...slots, [attempt.slot]: { ok: false, tries: attempt.triesLeft } };
      save(content, slots);
    }
    if (canLoad(content, attempt.slot)) return attempt.slot;
  }
  return null;
}

function save(content: DiskContent, slots: SlotEnvironment): void {
  content.environment.set(serialiseGrubEnvironment(grubVariablesOf(slots)));
}

export function canLoad(content: DiskContent, slot: Slot): boolean {
  const configuration = content[`configuration-${slot}`].toString('latin1');
  if (parseSlotConfiguration(configuration) === null) return false;
  const sums = parseSlotSums(content[`sums-${slot}`].toString('latin1'));
  const root = content[`root-${slot}`];
  const isRight = (page: number): boolean =>
    sums[page]?.sha256 === hash('sha256', root.subarray(page * PAGE, (page + 1) * PAGE));
  return isRight(0) && isRight(1);
}

/** The release that the slot's configuration names, if its root is that, byte for byte. */
export function runningIn(
  content: DiskContent,
  slot: Slot,
  releases: readonly TestRelease[],
): TestRelease | null {
  const named = parseSlotConfiguration(content[`configuration-${slot}`].toString('latin1'));
  const release = releases.find(({ verified }) => verified.digest === named?.release);
  if (release === undefined) return null;
  const root = content[`root-${slot}`].subarray(0, release.image.length);
  return root.equals(release.image) ? release : null;
}
