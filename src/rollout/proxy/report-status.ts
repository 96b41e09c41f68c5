import { isDeepStrictEqual } from 'node:util';
import type { AgentStatus, SlotStatus } from '../../agent/status.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { ReportedRun } from './run-view.ts';

export type NodeReport = OsInstance['status'];

/** What the proxy sees of a node whose agent answers. */
export function reportOf(
  { metadata, status }: OsInstance,
  agent: AgentStatus,
  { run, now }: { readonly run: ReportedRun | null; readonly now: Date },
): NodeReport {
  const { agentVersion, booted, bootId, slots } = agent;
  const { release } = slots[booted];
  return {
    observedGeneration: metadata.generation,
    agentVersion,
    booted:
      release === null
        ? null
        : { slot: booted, digest: release.digest, bootId, version: release.version },
    slots: { A: slotOf(slots.A), B: slotOf(slots.B) },
    run,
    conditions: [available(status, now, { status: 'True', reason: 'Answers', message: '' })],
  };
}

/** The agent does not answer: what was seen last stays, and is said to be old. */
export function reportWithoutAgent({ status }: OsInstance, why: string, now: Date): NodeReport {
  const said = { status: 'False', reason: 'NoAnswer', message: why } as const;
  return { ...status, conditions: [available(status, now, said)] };
}

function slotOf({ state, release }: SlotStatus) {
  return { state, version: release?.version ?? '', digest: release?.digest ?? '' };
}

type Condition = NodeReport['conditions'][number];

const TYPE = 'AgentAvailable';

function available(
  { conditions }: NodeReport,
  now: Date,
  said: Pick<Condition, 'status' | 'reason' | 'message'>,
): Condition {
  const before = conditions.find(({ type }) => type === TYPE);
  const isSame = before?.status === said.status;
  // metav1.Time has whole seconds.
  const at = `${now.toISOString().slice(0, 19)}Z`;
  return { type: TYPE, ...said, lastTransitionTime: isSame ? before.lastTransitionTime : at };
}

/** Whether they differ in no more than how far something has come. */
export function isSameButProgress(one: NodeReport, other: NodeReport): boolean {
  return isDeepStrictEqual(withoutProgress(one), withoutProgress(other));
}

function withoutProgress(report: NodeReport): NodeReport {
  if (report.run?.progress === undefined) return report;
  const { progress: _, ...run } = report.run;
  return { ...report, run };
}
