import type { ToldGate } from '../client/gates-of.ts';
import type { NodeProgress } from '../progress/node-progress.ts';
import type { WaveProgress } from '../progress/wave-progress.ts';
import type { RunLog, RunTimes } from './run-log.ts';

/** What became of one node. */
export interface NodeReport {
  readonly node: string;
  /** `skipped`: does not have what was asked for, and nothing is wrong with it. */
  readonly result: 'passed' | 'failed' | 'skipped';
  /** The stage that it was in at the end, or how its run ended. */
  readonly state: string;
  /** Why it failed or was skipped; of a node that passed nothing. */
  readonly message: string;
  readonly gates: readonly ToldGate[];
  /** Counted from 1; null where nobody saw when it began. */
  readonly wave: number | null;
  /** As far as they were watched. */
  readonly runs: readonly RunTimes[];
}

export function nodeReport(
  progress: NodeProgress,
  { runs, waves }: { readonly runs: RunLog; readonly waves: readonly WaveProgress[] },
): NodeReport {
  const { name: node, result, doing: state, gates } = progress;
  const seen = runs.runsOf(node);
  return {
    ...{ node, result: RESULTS[result], state, gates, runs: seen },
    message: messageOf(progress),
    wave: waveOf(seen, waves),
  };
}

const RESULTS: Readonly<Record<NodeProgress['result'], NodeReport['result']>> = {
  ...{ passed: 'passed', failed: 'failed', left: 'skipped' },
  ...{ 'under-way': 'skipped', waiting: 'skipped' },
};

function messageOf({ result, doing, message, gates }: NodeProgress): string {
  if (result === 'passed') return '';
  const because = gates.map(({ gate, because: why }) => `${gate}: ${why}`);
  const parts = [...(message === '' ? [] : [message]), ...because].join('; ');
  if (result === 'left') return `went back: ${parts}`;
  if (result === 'under-way') return `was still ${doing}${parts === '' ? '' : `: ${parts}`}`;
  return parts === '' ? doing : parts;
}

/** The one that was open when it began. */
function waveOf(runs: readonly RunTimes[], waves: readonly WaveProgress[]): number | null {
  const first = runs.find(({ kind }) => kind === 'upgrade');
  if (first === undefined || waves.length === 0) return null;
  const startedMs = Date.parse(first.startedAt);
  const ended = waves.filter(({ finishedMs }) => finishedMs !== null && finishedMs <= startedMs);
  return Math.min(ended.length + 1, waves.length);
}

/** Of all its runs; null where none was watched to its end. */
export function secondsOf({ runs }: Pick<NodeReport, 'runs'>): number | null {
  const ended = runs.flatMap(({ startedAt, endedAt }) =>
    endedAt === null ? [] : [Date.parse(endedAt) - Date.parse(startedAt)],
  );
  if (ended.length === 0) return null;
  return Math.max(0, Math.round(ended.reduce((sum, ms) => sum + ms, 0) / 1000));
}
