import { isStillLeft, staysLeft } from '../plan/close-step.ts';
import { attemptsOf } from '../plan/late-drain.ts';
import type { Fleet, FleetNode, NodeRun, TargetRelease } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';

/** The digest and version that a node runs, of those that there are. */
export type Releases = readonly TargetRelease[];

/** What the cluster is after one step was written. `isCut`: the operator ends in the middle of it. */
export function applyStep(
  fleet: Fleet,
  step: Step,
  at: { readonly nowMs: number; readonly releases: Releases; readonly isCut: boolean },
): Fleet {
  if (step.do === 'halt') {
    const { reason, message } = step;
    return { ...fleet, course: { ...fleet.course, halted: { reason, message, atMs: at.nowMs } } };
  }
  if (step.do === 'end-wave') {
    const waves = [...fleet.course.waves, { finishedMs: at.nowMs }];
    return { ...fleet, course: { ...fleet.course, waves } };
  }
  const nodes = fleet.nodes.map((node) =>
    node.name === step.node ? changed(node, step, at) : node,
  );
  return { ...measured(fleet, step, at.nowMs), nodes };
}

type NodeStep = Extract<Step, { readonly node: string }>;

function changed(
  node: FleetNode,
  step: NodeStep,
  { nowMs, releases, isCut }: { nowMs: number; releases: Releases; isCut: boolean },
): FleetNode {
  switch (step.do) {
    case 'begin':
      return {
        ...{ ...node, run: begun(node, step, { nowMs, releases }) },
        isQuarantined: isStillLeft(node),
      };
    case 'drain':
      return drained(node, { nowMs, isCut });
    case 'cordon':
      return cordoned(node);
    case 'force-drain':
      return withRun(node, () => ({ isDrained: true, blockedBy: null }));
    case 'activate':
      return allowed(node, 'activate', nowMs);
    case 'commit':
      return letCommit(node);
    case 'close':
      return closed(isCut ? node : givenBack(node, step), step, nowMs);
    case 'uncordon':
      return uncordoned(node);
    default:
      return step satisfies never;
  }
}

/** The cordon comes first: cut after it, nothing is allowed yet. */
function drained(node: FleetNode, { nowMs, isCut }: { nowMs: number; isCut: boolean }): FleetNode {
  return isCut ? cordoned(node) : allowed(cordoned(node), 'drain', nowMs);
}

const letCommit = (node: FleetNode): FleetNode =>
  withRun(node, () => ({ commitIn: node.booted?.bootId ?? null }));

const withRun = (node: FleetNode, change: (run: NodeRun) => Partial<NodeRun>): FleetNode =>
  node.run === null ? node : { ...node, run: { ...node.run, ...change(node.run) } };

const allowed = (node: FleetNode, what: 'drain' | 'activate', nowMs: number): FleetNode =>
  withRun(node, ({ since }) => ({ allowed: what, since: { ...since, [what]: nowMs } }));

function begun(
  { booted, name }: FleetNode,
  { kind, target }: Extract<Step, { do: 'begin' }>,
  { nowMs, releases }: { readonly nowMs: number; readonly releases: Releases },
): NodeRun {
  return {
    ...{ target, kind, allowed: 'prepare', since: { prepare: nowMs } },
    from: releases.find(({ digest }) => digest === booted?.digest) ?? null,
    ...{ bootId: booted?.bootId ?? name, commitIn: null },
    ...{ reported: { phase: 'preparing' }, isDrained: false, blockedBy: null },
    ...{ unhealthy: null, isDrainedByProxy: false },
  };
}

function closed(node: FleetNode, step: CloseStep, atMs: number): FleetNode {
  const isQuarantined = step.outcome === 'quarantined' || staysLeft(node, step.outcome);
  return { ...node, run: null, outcome: outcomeAt(node, step, atMs), isQuarantined };
}

function outcomeAt(node: FleetNode, { outcome: kind, message }: CloseStep, atMs: number) {
  const attempts = kind === 'postponed' ? attemptsOf(node) : (node.outcome?.attempts ?? 0);
  const { run } = node;
  const ended = run?.kind ?? 'upgrade';
  const from = (ended === 'rollback' ? run?.target : run?.from) ?? null;
  return { kind, run: ended, message, atMs, attempts, from };
}

type CloseStep = Extract<Step, { do: 'close' }>;

const givenBack = (node: FleetNode, { uncordon }: CloseStep): FleetNode =>
  uncordon ? uncordoned(node) : node;

const cordoned = (node: FleetNode): FleetNode => ({
  ...node,
  ...{ isCordoned: true, isCordonOurs: true },
});

const uncordoned = (node: FleetNode): FleetNode =>
  node.isCordonOurs ? { ...node, isCordoned: false, isCordonOurs: false } : node;

/** What a run took is known when it is over. */
function measured(fleet: Fleet, step: NodeStep, nowMs: number): Fleet {
  const run = fleet.nodes.find(({ name }) => name === step.node)?.run;
  if (step.do !== 'close' || step.outcome !== 'done' || run == null) return fleet;
  const { drain = nowMs, activate = nowMs } = run.since;
  const { drainMs, switchMs } = fleet.course.measured;
  const now = {
    drainMs: [...drainMs, activate - drain],
    switchMs: [...switchMs, nowMs - activate],
  };
  return { ...fleet, course: { ...fleet.course, measured: now } };
}
