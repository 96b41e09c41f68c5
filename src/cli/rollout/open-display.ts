import type { OutputMode } from '../output-mode.ts';
import { eventDisplay } from './event-display.ts';
import { lineDisplay } from './line-display.ts';
import type { RolloutDisplay } from './rollout-display.ts';

export async function openDisplay(
  mode: OutputMode,
  stderr: NodeJS.WriteStream,
): Promise<RolloutDisplay> {
  switch (mode.kind) {
    case 'quiet':
      return silent(stderr);
    case 'lines':
      return lineDisplay(mode.stderr, () => Date.now());
    case 'events':
      return eventDisplay(mode.stderr, () => Date.now());
    case 'live':
      // Only a terminal pays for listr2.
      return (await import('./live-display.ts')).liveDisplay(mode.stderr);
    default:
      return mode satisfies never;
  }
}

/** No progress; what goes wrong is none. */
const silent = (stderr: NodeJS.WriteStream): RolloutDisplay => ({
  ...{ tell: () => undefined, draw: () => undefined, log: () => undefined },
  trouble: (why) => void stderr.write(`${why}\n`),
  [Symbol.asyncDispose]: async () => undefined,
});
