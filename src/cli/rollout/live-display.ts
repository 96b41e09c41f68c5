import {
  Listr,
  ListrLogger,
  ProcessOutput,
  type ListrDefaultRendererLogLevels,
  type ListrTask,
} from 'listr2';
import { progressTable } from './progress-table.ts';
import { headline } from './progress-text.ts';
import type { RolloutDisplay } from './rollout-display.ts';

/** Around the table: the title, and a line below it in which the cursor stays. */
const BESIDE_ROWS = 3;
/** listr2's mark before a line, and what it keeps free at the end. */
const BESIDE_COLUMNS = 8;
const MOST_NOTES = 3;

/** A table that is drawn over itself, never higher than the terminal; gone when it is over: the result says all. */
export function liveDisplay(stderr: NodeJS.WriteStream): RolloutDisplay {
  const over = Promise.withResolvers<void>();
  const notes: string[] = [];
  let shown: Shown | null = null;
  const show: ListrTask['task'] = async (_context, task) => {
    shown = task;
    await over.promise;
  };
  const running = listOf(stderr, show)
    .run()
    .catch(() => undefined);
  const note = (mark: string) => (line: string) => {
    notes.push(`${mark} ${line}`);
    notes.splice(0, notes.length - MOST_NOTES);
  };
  return {
    ...{ tell: () => undefined, trouble: note('!'), log: note('·') },
    draw: (progress, nowMs) => {
      if (shown === null) return;
      shown.title = headline(progress);
      shown.output = progressTable(progress, sizeOf(stderr), { nowMs, notes }).join('\n');
    },
    [Symbol.asyncDispose]: async () => {
      over.resolve();
      await running;
    },
  };
}

interface Shown {
  title?: string | undefined;
  output: string;
}

function listOf(stderr: NodeJS.WriteStream, task: ListrTask['task']) {
  const processOutput = new ProcessOutput(stderr, stderr);
  return new Listr([{ title: 'looking at the cluster', task }], {
    registerSignalListeners: false,
    renderer: 'default',
    rendererOptions: {
      ...{ clearOutput: true, formatOutput: 'truncate', lazy: true },
      logger: new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput }),
    },
  });
}

/** One that does not say its size says 0. */
function sizeOf({ rows, columns }: NodeJS.WriteStream) {
  return { rows: (rows || 24) - BESIDE_ROWS, columns: (columns || 80) - BESIDE_COLUMNS };
}
