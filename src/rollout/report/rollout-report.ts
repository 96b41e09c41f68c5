import type { OsObject } from '../api/os-object.ts';
import type { OsPlace } from '../client/os-objects.ts';
import { readVerdict, type Verdict } from '../client/read-verdict.ts';
import type { MigrationReport } from '../migration/measure-migration.ts';
import type { RolloutProgress } from '../progress/observe-progress.ts';
import type { WaveProgress } from '../progress/wave-progress.ts';
import { nodeReport, type NodeReport } from './node-report.ts';
import { RUN_PHASES, type RunLog, type RunPhase } from './run-log.ts';

/** How a wait ended. */
export type Ending =
  | { readonly kind: 'certain' | 'timed-out' | 'interrupted' }
  /** The wait itself ended in an error. */
  | { readonly kind: 'error'; readonly message: string };

/** A rollout as a whole, for machines: what `--report` writes. */
export interface RolloutReport extends OsPlace {
  readonly apiVersion: 'cli.kubeos/v1';
  readonly kind: 'RolloutReport';
  readonly target: { readonly version: string; readonly digest: string } | null;
  readonly ending: Ending['kind'];
  readonly verdict: Verdict['kind'] | 'unknown';
  readonly reason: string;
  readonly message: string;
  readonly startedAt: string | null;
  /** What happened before is known as far as objects remember it. */
  readonly watched: { readonly from: string; readonly until: string };
  readonly halted: {
    readonly reason: string;
    readonly message: string;
    readonly at: string;
  } | null;
  readonly counts: Readonly<Record<string, number>>;
  /** Of all nodes whose run was watched. */
  readonly phases: Readonly<Partial<Record<RunPhase, PhaseTimes>>>;
  readonly waves: readonly WaveReport[];
  /** Null where the caller may not read nodes. */
  readonly nodes: readonly NodeReport[] | null;
  readonly history: OsObject['status']['history'];
  /** Null where it was not asked for, or the caller may not read it. */
  readonly migration: MigrationReport | null;
}

export interface PhaseTimes {
  readonly nodes: number;
  readonly medianSeconds: number;
  readonly longestSeconds: number;
  readonly longestNode: string;
}

export interface WaveReport {
  readonly wave: number;
  readonly upTo: number;
  readonly state: string;
  readonly finishedAt: string | null;
}

export interface Watched {
  readonly place: OsPlace;
  /** Null where the object was never seen. */
  readonly progress: RolloutProgress | null;
  readonly runs: RunLog;
  readonly ending: Ending;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly migration: MigrationReport | null;
}

export function rolloutReport(watched: Watched): RolloutReport {
  const { place, progress, runs, ending, fromMs, untilMs, migration } = watched;
  const waves = progress?.waves ?? [];
  const nodes = progress?.nodes?.map((node) => nodeReport(node, { runs, waves })) ?? null;
  return {
    ...{ apiVersion: 'cli.kubeos/v1', kind: 'RolloutReport', ...place },
    ...{ ending: ending.kind, ...endOf(progress, ending) },
    watched: { from: timeOf(fromMs), until: timeOf(untilMs) },
    ...(progress === null ? NOTHING_SAID : said(progress.os)),
    ...{ phases: phasesOf(nodes ?? []), waves: waves.map(waveReport), nodes, migration },
  };
}

type Said = Pick<RolloutReport, 'target' | 'startedAt' | 'halted' | 'counts' | 'history'>;

const NOTHING_SAID: Said = { target: null, startedAt: null, halted: null, counts: {}, history: [] };

function said({ status: { target, rollout, counts, history } }: OsObject): Said {
  const { startedAt = null, halted = null } = rollout ?? {};
  return { target, startedAt, halted, counts, history };
}

const waveReport = ({ wave, upTo, state, finishedMs }: WaveProgress): WaveReport => ({
  ...{ wave, upTo, state, finishedAt: finishedMs === null ? null : timeOf(finishedMs) },
});

const timeOf = (ms: number): string => new Date(ms).toISOString();

function endOf(
  progress: RolloutProgress | null,
  ending: Ending,
): Pick<RolloutReport, 'verdict' | 'reason' | 'message'> {
  const verdict = progress === null ? null : readVerdict(progress.os);
  if (ending.kind === 'error') {
    return { verdict: verdict?.kind ?? 'unknown', reason: 'Error', message: ending.message };
  }
  if (verdict === null) return { verdict: 'unknown', reason: 'NotObserved', message: '' };
  const { kind, reason, message } = verdict;
  return { verdict: kind, reason, message };
}

function phasesOf(nodes: readonly NodeReport[]): RolloutReport['phases'] {
  const measured = RUN_PHASES.map((phase) => [phase, phaseTimes(nodes, phase)] as const);
  return Object.fromEntries(measured.filter(([, times]) => times !== null));
}

function phaseTimes(nodes: readonly NodeReport[], phase: RunPhase): PhaseTimes | null {
  const found = nodes
    .flatMap(({ node, runs }) =>
      upgradesIn(runs).map(({ seconds }) => ({ node, seconds: seconds[phase] })),
    )
    .flatMap(({ node, seconds }) => (seconds === undefined ? [] : [{ node, seconds }]))
    .toSorted((one, other) => one.seconds - other.seconds);
  const [median, longest] = [found[Math.floor((found.length - 1) / 2)], found.at(-1)];
  if (median === undefined || longest === undefined) return null;
  const { node: longestNode, seconds: longestSeconds } = longest;
  return { nodes: found.length, medianSeconds: median.seconds, longestSeconds, longestNode };
}

/** The way back skips what an upgrade takes its time for. */
const upgradesIn = (runs: NodeReport['runs']): NodeReport['runs'] =>
  runs.filter(({ kind }) => kind === 'upgrade');
