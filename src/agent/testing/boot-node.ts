import { hash } from 'node:crypto';
import { decideSlot } from '../../disk/grub-environment-decision.ts';
import {
  parseGrubEnvironment,
  serialiseGrubEnvironment,
  type GrubVariables,
} from '../../disk/grub-environment.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type Slot,
} from '../../disk/grub-environment-slots.ts';
import { parseSlotConfiguration, parseSlotSums } from '../../disk/parse-slot-configuration.ts';
import { decideGrubTry, grubTryOf, tryVariablesOf } from '../../disk/grub-try.ts';
import { PAGE, type TestRelease } from './test-release.ts';
import { grubPlacesIn, wholeGrub } from './virtual-grub.ts';
import type { DiskContent } from './disk-content.ts';

/** The slot that came up, and the release that it is. */
export interface Booted {
  readonly slot: Slot;
  readonly release: TestRelease;
  /** The version of the GRUB that started it. */
  readonly grub: string;
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
    const grub = startedGrub(content);
    const slot = grub === null ? null : chosenByGrub(content);
    if (grub === null || slot === null) return null;
    const release = runningIn(content, slot, releases);
    if (release !== null) return { slot, release, grub, boots };
  }
  return null;
}

/** Firmware starts the first GRUB, and that perhaps the second. */
function startedGrub(content: DiskContent): string | null {
  const places = grubPlacesIn(content);
  const own = places === null ? null : wholeGrub(places.first);
  if (places === null || own === null) return null;
  const { variables } = parseGrubEnvironment(content.environment);
  const other = decideGrubTry(grubTryOf(variables), own.version);
  if (other === null) return own.version;
  save(content, tryVariablesOf(other.after));
  return wholeGrub(places.second)?.version ?? own.version;
}

function chosenByGrub(content: DiskContent): Slot | null {
  const parsed = parseGrubEnvironment(content.environment);
  let slots = slotEnvironmentOf(parsed.variables);
  for (const attempt of decideSlot(slots)) {
    if (attempt.kind === 'trial') {
      slots = { ...slots, [attempt.slot]: { ok: false, tries: attempt.triesLeft } };
      save(content, grubVariablesOf(slots));
    }
    if (canLoad(content, attempt.slot)) return attempt.slot;
  }
  return null;
}

/** Of the block GRUB changes these variables, and no others. */
function save(content: DiskContent, changed: GrubVariables): void {
  const { variables } = parseGrubEnvironment(content.environment);
  content.environment.set(serialiseGrubEnvironment(new Map([...variables, ...changed])));
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
