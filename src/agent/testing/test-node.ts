import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import type { NodeState } from '../slots/node-state.ts';
import { settleState } from '../slots/save-state.ts';
import { prepareSlot, type PrepareResult } from '../upgrade/prepare-slot.ts';
import type { SwitchRequest } from '../upgrade/switch-slot.ts';
import { updateGrub, type SettledGrub } from '../grub/update-grub.ts';
import { bootNode, runningIn, type Booted } from './boot-node.ts';
import { PAGE, type TestRelease } from './test-release.ts';
import { broughtBy, grubPlacesIn, virtualGrub, wholeGrub } from './virtual-grub.ts';
import type { DiskContent, DiskEvent } from './disk-content.ts';
import { virtualDisk } from './virtual-disk.ts';

const NOTHING = { allowOlder: false, allowFailed: false };

let boots = 0;

/** No two boots of any machine have the same. */
function nextBootId(): string {
  boots += 1;
  return `boot-${boots}`;
}

/** A node whose disk is in memory: the agent's own code, and a stand-in for firmware, GRUB and kernel. */
export class TestNode {
  readonly content: DiskContent;
  slot: Slot;
  /** The version of the GRUB that started it. */
  grub: string;
  readonly #releases: readonly TestRelease[];
  readonly #onEvent: (event: DiskEvent) => void;
  #bootId = nextBootId();

  constructor(
    content: DiskContent,
    releases: readonly TestRelease[],
    {
      slot = 'A',
      onEvent = () => undefined,
    }: { slot?: Slot; onEvent?: (event: DiskEvent) => void } = {},
  ) {
    this.content = content;
    this.slot = slot;
    const places = grubPlacesIn(content);
    this.grub = places === null ? '' : (wholeGrub(places.first)?.version ?? '');
    this.#releases = releases;
    this.#onEvent = onEvent;
  }

  get #clock(): NodeClock {
    return { bootId: this.#bootId, now: () => new Date(1e12) };
  }

  /** What the operations of the agent take. */
  get running(): SwitchRequest {
    return { disk: virtualDisk(this.content, this.slot, this.#onEvent), clock: this.#clock };
  }

  /** Restarts it. @returns null when it does not come up any more */
  boot(): Booted | null {
    this.#bootId = nextBootId();
    const booted = bootNode(this.content, this.#releases);
    if (booted === null) return null;
    this.slot = booted.slot;
    this.grub = booted.grub;
    return booted;
  }

  /** As the agent does at its start and after a commit. */
  async keepGrub(): Promise<SettledGrub> {
    const release = runningIn(this.content, this.slot, this.#releases);
    return await updateGrub({
      ...this.running,
      grub: virtualGrub(this.content, this.grub, this.#onEvent),
      brought: release === null ? null : broughtBy(release),
    });
  }

  /** As the agent does at its start. */
  async settle(): Promise<NodeState> {
    return await settleState(this.running.disk, this.#clock);
  }

  /** `losses`: so often the disk loses a byte of what was written, before it is read back. */
  async prepare(
    release: TestRelease,
    allow = NOTHING,
    { losses }: { readonly losses: number } = { losses: 0 },
  ): Promise<PrepareResult> {
    let left = losses;
    const fill: TestRelease['fill'] = async (target) => {
      const report = await release.fill(target);
      if (left > 0) await target.write(Buffer.from('lost'), 5 * PAGE);
      left -= 1;
      return report;
    };
    return await prepareSlot({
      ...this.running,
      ...{ arch: 'amd64', image: 'test', release: release.verified, allow, fill },
      onPhase: () => undefined,
    });
  }
}
