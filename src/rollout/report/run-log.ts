import type { OsInstance } from '../api/os-instance.ts';

/** What one run of a node took, as far as it was seen. `prepare`, `drain`, `switch` as the operator's metrics have them. */
export interface RunTimes {
  readonly kind: 'upgrade' | 'rollback';
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly endedAt: string | null;
  readonly seconds: Readonly<Partial<Record<RunPhase, number>>>;
  /** From the network; null where the node has not said it. */
  readonly fetchedBytes: number | null;
  /** Of the journal of a trial that failed. */
  readonly lastLines: readonly string[];
}

/** `wait`: fetched, and not its turn yet. */
export const RUN_PHASES = ['prepare', 'wait', 'drain', 'switch'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

interface Seen {
  readonly run: NonNullable<OsInstance['spec']['run']>;
  readonly preparedMs: number | null;
  readonly endedMs: number | null;
  readonly fetchedBytes: number | null;
  readonly lastLines: readonly string[];
}

/**
 * The runs of all nodes while somebody watches. An OSInstance forgets its run when the run is over: of nodes that were done
 * before nobody knows any more what they took.
 */
export class RunLog {
  readonly #before = new Map<string, OsInstance>();
  readonly #seen = new Map<string, Seen[]>();

  /** As often as something changes; what is the same object as before is not looked at. */
  note(instances: ReadonlyMap<string, OsInstance>, nowMs: number): void {
    for (const [name, instance] of instances) {
      if (this.#before.get(name) === instance) continue;
      this.#before.set(name, instance);
      const runs = this.#seen.get(name) ?? [];
      const noted = noteRun(runs, instance, nowMs);
      if (noted.length > 0) this.#seen.set(name, noted);
    }
  }

  runsOf(node: string): readonly RunTimes[] {
    return (this.#seen.get(node) ?? []).map(timesOf);
  }
}

function noteRun(before: readonly Seen[], { spec, status }: OsInstance, nowMs: number): Seen[] {
  const { run, outcome } = spec;
  const last = before.at(-1);
  if (run === null) {
    if (last === undefined || last.endedMs !== null) return [...before];
    const endedMs = outcome === null ? nowMs : Date.parse(outcome.at);
    return [...before.slice(0, -1), { ...last, endedMs }];
  }
  const isNew = last?.run.id !== run.id;
  const reported = status.run?.id === run.id ? status.run : null;
  const seen = seenRun(run, { own: isNew ? unseen(run) : last, reported, nowMs });
  return [...(isNew ? before : before.slice(0, -1)), seen];
}

interface Looked {
  /** What was seen of the same run before. */
  readonly own: Seen;
  readonly reported: OsInstance['status']['run'];
  readonly nowMs: number;
}

const unseen = (run: Seen['run']): Seen => {
  return { run, preparedMs: null, endedMs: null, fetchedBytes: null, lastLines: [] };
};

function seenRun(run: Seen['run'], { own, reported, nowMs }: Looked): Seen {
  if (reported === null) return { ...own, run };
  const { phase, fetchedBytes = own.fetchedBytes, lastLines = own.lastLines } = reported;
  const preparedMs = own.preparedMs ?? (phase === 'prepared' ? nowMs : null);
  return { ...own, run, preparedMs, fetchedBytes, lastLines };
}

function timesOf({ run, preparedMs, endedMs, fetchedBytes, lastLines }: Seen): RunTimes {
  const prepareMs = Date.parse(run.since.prepare);
  const drainMs = run.since.drain === undefined ? null : Date.parse(run.since.drain);
  const activateMs = run.since.activate === undefined ? null : Date.parse(run.since.activate);
  // The operator's clock, and ours: what was prepared was so between its two times.
  const until = drainMs ?? endedMs;
  const fetchedMs = preparedMs === null ? until : clamped(preparedMs, prepareMs, until);
  return {
    ...{ kind: run.kind, startedAt: timeOf(prepareMs), fetchedBytes, lastLines },
    endedAt: endedMs === null ? null : timeOf(endedMs),
    seconds: {
      ...between('prepare', prepareMs, fetchedMs),
      ...(preparedMs === null ? {} : between('wait', fetchedMs, until)),
      ...between('drain', drainMs, activateMs ?? endedMs),
      ...between('switch', activateMs, endedMs),
    },
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

const clamped = (ms: number, from: number, to: number | null): number =>
  Math.min(Math.max(ms, from), to ?? Infinity);

function between(
  phase: RunPhase,
  from: number | null,
  to: number | null,
): Partial<Record<RunPhase, number>> {
  if (from === null || to === null) return {};
  return { [phase]: Math.max(0, Math.round((to - from) / 1000)) };
}
