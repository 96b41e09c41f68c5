import type { OsObject } from '../../rollout/api/os-object.ts';
import {
  observeProgress,
  withoutNodes,
  type RolloutProgress,
} from '../../rollout/progress/observe-progress.ts';
import type { NodeWatch } from '../../rollout/progress/watch-nodes.ts';

/** Time goes on where nothing changes. */
const TICK_MS = 1000;
/** Of the processor at most so much is used for looking. */
const SHARE = 10;
/** Gates open by time alone, too. */
const STALE_MS = 10_000;

/**
 * What was observed, as progress, as often as it is worth it: to look at ten thousand nodes takes a tenth of a second, and
 * they change all the time.
 */
export class ProgressFollower {
  readonly #draw: (progress: RolloutProgress, nowMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #os: OsObject | null = null;
  #nodes: NodeWatch | null = null;
  #progress: RolloutProgress | null = null;
  #isChanged = true;
  #lookedMs = 0;
  #costMs = 0;

  constructor(draw: (progress: RolloutProgress, nowMs: number) => void) {
    this.#draw = draw;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  set nodes(nodes: NodeWatch | null) {
    this.#nodes = nodes;
    this.#isChanged = true;
  }

  set os(os: OsObject) {
    this.#os = os;
    this.#isChanged = true;
  }

  changed(): void {
    this.#isChanged = true;
  }

  /** As it is now; null before anything was observed. */
  look(): RolloutProgress | null {
    if (this.#os === null) return null;
    const beganMs = Date.now();
    this.#progress =
      this.#nodes === null
        ? withoutNodes(this.#os)
        : observeProgress(this.#os, this.#nodes.view(), beganMs);
    this.#isChanged = false;
    this.#lookedMs = Date.now();
    this.#costMs = this.#lookedMs - beganMs;
    return this.#progress;
  }

  draw(): void {
    const progress = this.look();
    if (progress !== null) this.#draw(progress, Date.now());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const agoMs = Date.now() - this.#lookedMs;
    const isDue = this.#isChanged || agoMs >= STALE_MS;
    const progress = isDue && agoMs >= this.#costMs * SHARE ? this.look() : this.#progress;
    if (progress !== null) this.#draw(progress, Date.now());
  }
}
