import { isDeepStrictEqual } from 'node:util';
import type { SlotStatus } from '../../agent/status.ts';
import { argumentName } from '../../configuration/kernel-arguments.ts';
import { ARGUMENTS_DROPPED, type OsInstance } from '../api/os-instance.ts';
import { MAX_MESSAGE, MAX_WORD, shorten } from '../api/shorten.ts';
import type { Failure } from './course.ts';
import { appliedOf, type ConfigureKind } from './decide-configure.ts';
import type { ProxyDecision, ProxyView } from './decide-proxy.ts';

export type NodeReport = OsInstance['status'];

/** What the proxy sees of a node whose agent answers. */
export function reportOf(
  view: ProxyView,
  { run, unconfigured }: ProxyDecision,
  now: Date,
): NodeReport {
  const { metadata, spec, status } = view.instance;
  const { agentVersion, booted, bootId, slots } = view.agent;
  const { release } = slots[booted];
  const answers = {
    type: 'AgentAvailable',
    status: 'True',
    reason: 'Answers',
    message: '',
  } as const;
  const isConfigured = spec.sysconfigs !== undefined;
  return {
    observedGeneration: metadata.generation,
    agentVersion,
    booted:
      release === null
        ? null
        : { slot: booted, digest: release.digest, bootId, version: versionOf(release) },
    slots: { A: slotOf(slots.A), B: slotOf(slots.B) },
    run: run === null ? null : reportedRun(view, run),
    conditions: [
      condition(status, answers, now),
      ...(isConfigured ? [condition(status, configured(view, unconfigured), now)] : []),
    ],
    ...applied(view, 'sysconfigs'),
    ...applied(view, 'upgradeconfigs'),
  };
}

function reportedRun(view: ProxyView, run: NonNullable<NodeReport['run']>): NodeReport['run'] {
  const fetchedBytes = fetchedFor(view, run);
  const message = shorten(run.message, MAX_MESSAGE);
  return { ...run, message, ...(fetchedBytes !== undefined && { fetchedBytes }) };
}

/** The agent tells it until its next operation ends: what was written down of this run stays. */
function fetchedFor(
  { agent: { last }, instance }: ProxyView,
  { id, phase }: NonNullable<NodeReport['run']>,
): number | undefined {
  const before = instance.status.run?.id === id ? instance.status.run.fetchedBytes : undefined;
  const isOwn = phase === 'prepared' && last?.kind === 'prepare' && last.outcome === 'done';
  return isOwn ? (last.transfer?.bytesTransferred ?? before) : before;
}

function applied(view: ProxyView, kind: ConfigureKind): Partial<NodeReport> {
  const settings = appliedOf(view, kind);
  return settings === undefined ? {} : { [kind]: settings };
}

function configured(view: ProxyView, failure: Failure | null): Said {
  const type = 'Configured';
  if (failure !== null) {
    return { type, status: 'False', reason: failure.code, message: failure.message };
  }
  const isDone = appliedOf(view, 'sysconfigs') === view.instance.spec.sysconfigs;
  if (!isDone) {
    const message = 'waits for the end of what goes on';
    return { type, status: 'False', reason: 'Pending', message };
  }
  const dropped = droppedOf(view);
  if (dropped.length === 0) return { type, status: 'True', reason: 'Applied', message: '' };
  const message = `no boot with these kernel arguments was well, it runs without: ${dropped.join(' ')}`;
  return { type, status: 'False', reason: ARGUMENTS_DROPPED, message };
}

/**
 * Those that the settings ask for, and this node runs without. Not before it is written down that they were applied: what the
 * agent said last may be of before.
 */
function droppedOf({ agent, instance: { spec, status } }: ProxyView): readonly string[] {
  if (status.sysconfigs?.version !== spec.sysconfigs?.version) return [];
  const names = new Set(
    (spec.sysconfigs?.configs ?? [])
      .filter(({ model = '' }) => model.startsWith('grub.cmdline.'))
      .flatMap(({ contents = [] }) => contents)
      .filter(({ operation }) => operation !== 'delete')
      .map(({ key = '' }) => argumentName(key)),
  );
  return agent.droppedArguments.filter((word) => names.has(argumentName(word)));
}

/** The agent does not answer: what was seen last stays, and is said to be old. */
export function reportWithoutAgent({ status }: OsInstance, why: string, now: Date): NodeReport {
  const said = {
    type: 'AgentAvailable',
    status: 'False',
    reason: 'NoAnswer',
    message: why,
  } as const;
  const others = status.conditions.filter(({ type }) => type !== said.type);
  return { ...status, conditions: [condition(status, said, now), ...others] };
}

function slotOf({ state, release }: SlotStatus) {
  if (release === null) return { state, version: '', digest: '' };
  const { digest, kubelet } = release;
  const named = { version: versionOf(release), digest };
  return { state, ...named, ...(kubelet !== undefined && { kubelet }) };
}

const versionOf = ({ version }: { readonly version: string }): string => shorten(version, MAX_WORD);

type Condition = NodeReport['conditions'][number];
type Said = Omit<Condition, 'lastTransitionTime'>;

/** With the time since when it is so. */
function condition({ conditions }: NodeReport, said: Said, now: Date): Condition {
  const before = conditions.find(({ type }) => type === said.type);
  const isSame = before?.status === said.status;
  // metav1.Time has whole seconds.
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const message = shorten(said.message, MAX_MESSAGE);
  return { ...said, message, lastTransitionTime: isSame ? before.lastTransitionTime : at };
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
