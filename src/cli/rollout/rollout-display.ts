import type { OsObject } from '../../rollout/api/os-object.ts';
import type { RolloutProgress } from '../../rollout/progress/observe-progress.ts';

/** Shows how a rollout goes on, and decides nothing. */
export interface RolloutDisplay extends AsyncDisposable {
  /** At once, whenever the object is another than before. */
  readonly tell: (os: OsObject) => void;
  /** Every second or so, also where nothing has changed but the time. */
  readonly draw: (progress: RolloutProgress, nowMs: number) => void;
  /** Trouble on the way, that is got over or tried again. */
  readonly trouble: (why: string) => void;
  /** What the operator inside of the command does. */
  readonly log: (line: string) => void;
}
