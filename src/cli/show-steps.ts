import { Listr, ListrLogger, ProcessOutput, type ListrTask } from 'listr2';
import {
  BUILD_STEPS,
  STEP_IDS,
  type StepId,
  type StepReport,
  type StepRunner,
} from '../builder/build/step.ts';
import type { OutputMode } from './output-mode.ts';

/** Runs a recipe and shows each of its steps as it comes. The result and the first error are the recipe's. */
export async function showSteps<T>(
  mode: OutputMode,
  recipe: (step: StepRunner) => Promise<T>,
): Promise<T> {
  switch (mode.kind) {
    case 'quiet':
      return await recipe(async (_id, action) => await action(() => undefined));
    case 'events':
      return await recipe(eventRunner(mode.stderr));
    case 'live':
    case 'lines':
      return await listRunner(mode, recipe);
    default:
      return mode satisfies never;
  }
}

function eventRunner(stderr: NodeJS.WriteStream): StepRunner {
  const emit = (event: object): void => void stderr.write(`${JSON.stringify(event)}\n`);
  return async (id, action) => {
    const startedMs = Date.now();
    emit({ event: 'start', step: id, title: BUILD_STEPS[id] });
    try {
      const result = await action((line, fraction) =>
        emit({ event: 'progress', step: id, line, fraction }),
      );
      emit({ event: 'done', step: id, elapsedMs: Date.now() - startedMs });
      return result;
    } catch (error) {
      emit({ event: 'failed', step: id, message: String(error) });
      throw error;
    }
  };
}

/** The recipe runs beside a list that waits for it: listr2 shows, it decides nothing. */
async function listRunner<T>(
  mode: { readonly kind: 'live' | 'lines'; readonly stderr: NodeJS.WriteStream },
  recipe: (step: StepRunner) => Promise<T>,
): Promise<T> {
  const gates: Gates = new Map(STEP_IDS.map((id) => [id, openGate()]));
  const list = new Listr(
    STEP_IDS.map((id) => taskOf(id, gateOf(gates, id), mode.kind)),
    {
      registerSignalListeners: false,
      exitOnError: true,
      renderer: mode.kind === 'live' ? 'default' : 'verbose',
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(mode.stderr, mode.stderr) }),
      },
    },
  );
  const shown = list.run().catch(() => undefined);
  try {
    return await recipe(async (id, action) => {
      // Steps before this one that had nothing to do: their tasks wait no longer.
      for (const earlier of STEP_IDS.slice(0, STEP_IDS.indexOf(id))) gateOf(gates, earlier).close();
      return await gateOf(gates, id).pass(action);
    });
  } finally {
    for (const gate of gates.values()) gate.close();
    await shown;
  }
}

interface Gate {
  /** Runs the step's action, telling the waiting task how it goes. */
  pass<T>(action: (report: StepReport) => Promise<T>): Promise<T>;
  /** What the list's task waits for. */
  watch(report: StepReport): Promise<'done' | 'unused'>;
  close(): void;
}

function openGate(): Gate {
  const { promise, resolve, reject } = Promise.withResolvers<'done' | 'unused'>();
  promise.catch(() => undefined);
  // A step may speak before its task is shown: the last line is kept for it.
  let early: Parameters<StepReport> | undefined;
  let show: StepReport = (...line) => (early = line);
  return {
    pass: async (action) => {
      try {
        const result = await action((line, fraction) => show(line, fraction));
        resolve('done');
        return result;
      } catch (error) {
        reject(error);
        throw error;
      }
    },
    watch: async (report) => {
      show = report;
      if (early !== undefined) report(...early);
      return await promise;
    },
    close: () => resolve('unused'),
  };
}

type Gates = ReadonlyMap<StepId, Gate>;

function gateOf(gates: Gates, id: StepId): Gate {
  const gate = gates.get(id);
  if (gate === undefined) throw new Error(`no gate for step ${id}`);
  return gate;
}

function taskOf(id: StepId, gate: Gate, kind: 'live' | 'lines'): ListrTask {
  return {
    title: BUILD_STEPS[id],
    task: async (_context, task) => {
      const startedMs = Date.now();
      const outcome = await gate.watch(
        kind === 'live'
          ? liveReport((text) => (task.output = text))
          : lineReport((text) => (task.output = text)),
      );
      if (outcome === 'unused') task.skip(`${BUILD_STEPS[id]}: nothing to do`);
      else task.title = `${BUILD_STEPS[id]} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`;
    },
  };
}

const BAR_WIDTH = 24;

function liveReport(show: (text: string) => void): StepReport {
  return (line, fraction) => {
    if (fraction === undefined) return show(line);
    const filled = Math.round(fraction * BAR_WIDTH);
    show(`${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${line}`);
  };
}

/** In a log every tenth is enough: one line for each package would bury the rest. */
function lineReport(show: (text: string) => void): StepReport {
  let shownTenths = -1;
  return (line, fraction) => {
    const tenths = fraction === undefined ? undefined : Math.floor(fraction * 10);
    if (tenths === shownTenths) return;
    shownTenths = tenths ?? -1;
    show(line);
  };
}
