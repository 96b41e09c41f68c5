import type { OsInstance } from '../api/os-instance.ts';
import type { ToldGate } from '../client/gates-of.ts';
import type { NodeSettings } from '../operator/observe-settings.ts';
import { isUnderWay } from '../plan/stage.ts';
import type { StagedNode } from '../plan/staged-fleet.ts';

/** Where one node is, as it is shown to people and written into reports. */
export interface NodeProgress {
  readonly name: string;
  /**
   * - `passed`: has what was asked for
   * - `failed`: did not make it
   * - `left`: does not have it, and nothing is wrong with it: it went back
   */
  readonly result: 'passed' | 'failed' | 'left' | 'under-way' | 'waiting';
  /** The stage, or what the proxy says of it where that says more: `preparing`, `draining`, `rebooting`. */
  readonly doing: string;
  readonly percent: number | null;
  readonly etaSeconds: number | null;
  /** Since when it does that, where it is written down. */
  readonly sinceMs: number | null;
  readonly gates: readonly ToldGate[];
  /** Why it failed, or what is tried again. */
  readonly message: string;
}

export function nodeProgress(
  node: StagedNode,
  instance: OsInstance | null,
  gates: readonly ToldGate[],
): NodeProgress {
  const { name, run } = node;
  const reported = reportOf(instance);
  return {
    ...{ name, result: resultOf(node, gates), doing: doingOf(node), gates },
    percent: reported?.progress?.percent ?? null,
    etaSeconds: reported?.progress?.etaSeconds ?? null,
    sinceMs: run === null ? null : (run.since[run.allowed] ?? run.since.prepare),
    message: messageOf(node, reported),
  };
}

type Report = NonNullable<OsInstance['status']['run']>;

/** What a proxy says of another run is of the past. */
function reportOf(instance: OsInstance | null): Report | null {
  if (instance === null) return null;
  const { spec, status } = instance;
  return status.run !== null && status.run.id === spec.run?.id ? status.run : null;
}

function resultOf(
  { stage, outcome }: StagedNode,
  gates: readonly ToldGate[],
): NodeProgress['result'] {
  if (stage === 'current') return 'passed';
  if (stage === 'failed') return 'failed';
  if (stage === 'out') return outcome?.kind === 'rolled-back' ? 'left' : 'failed';
  // What has fetched, and may not go on, is in nobody's way.
  if (stage === 'prepared' && gates.length > 0) return 'waiting';
  return isUnderWay(stage) ? 'under-way' : 'waiting';
}

function doingOf({ stage, run, outcome }: StagedNode): string {
  if (stage === 'out') return outcome?.kind ?? stage;
  const reported = run?.reported.phase ?? 'activating';
  const doing = stage === 'switching' && reported !== 'prepared' ? reported : stage;
  return run?.kind === 'rollback' ? `${doing} (back)` : doing;
}

function messageOf({ stage, outcome }: StagedNode, report: Report | null): string {
  if (report !== null && report.message !== '') {
    return report.code === '' ? report.message : `${report.code}: ${report.message}`;
  }
  return stage === 'out' ? (outcome?.message ?? '') : '';
}

/** Of a node that is set, and gets no release. */
export function settingsProgress({ node, state, message }: NodeSettings): NodeProgress {
  return {
    ...{ name: node.metadata.name, result: RESULT_OF[state], doing: state, message },
    ...{ percent: null, etaSeconds: null, sinceMs: null, gates: [] },
  };
}

const RESULT_OF: Readonly<Record<NodeSettings['state'], NodeProgress['result']>> = {
  ...{ current: 'passed', failed: 'failed', given: 'under-way' },
  ...{ pending: 'waiting', busy: 'waiting', down: 'waiting', silent: 'waiting', dead: 'left' },
};
