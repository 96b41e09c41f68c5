import { randomUUID } from 'node:crypto';
import {
  CORDONED_BY,
  isCordonOfOperator,
  isLeftByHand,
  UPGRADING,
  type NodeObject,
} from '../api/node-object.ts';
import { MAX_DAEMON_SETS } from '../api/max-daemon-sets.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { OsObject } from '../api/os-object.ts';
import type { ReleaseSource } from '../api/release-source.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import { toldRules } from '../drain/told-rules.ts';
import { isStillLeft, type Close } from '../plan/close-step.ts';
import type { FleetNode } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';
import { outcomeOf } from './closed-run.ts';
import { instance, specBefore, type Write } from './instance-writes.ts';
import { markedNode, type Marks } from './node-marks.ts';
import type { Fields } from './without-nulls.ts';

export type NodeStep = Extract<Step, { readonly node: string }>;

export type DrainBy = 'operator' | 'proxy';

export interface WriteContext {
  /** Who asks; of a node that nobody means any more only what was begun is ended. */
  readonly os: Pick<OsObject['metadata'], 'name' | 'namespace' | 'uid'>;
  readonly source: ReleaseSource;
  readonly node: NodeObject;
  readonly instance: OsInstance | null;
  readonly fleetNode: FleetNode;
  /** How the proxy drains what is let drain from now on; null: the operator does. */
  readonly proxyRules: DrainRules | null;
  /** Of which a pod was Ready on it while it was drained. */
  readonly daemonSets: readonly string[];
  /** A person has asked for it: nodes take what they fell back from. */
  readonly triesAgain: boolean;
  /** So long a healthy node waits to be let commit, should no operator come. */
  readonly holdCommitSeconds: number;
  readonly nowMs: number;
}

/** What a step changes in the cluster. */
export function writesOf(step: NodeStep, context: WriteContext): readonly Write[] {
  const { node } = context;
  switch (step.do) {
    case 'begin':
      return [instance(context, begun(step, context)), marks(node, begunMarks(context))];
    case 'drain':
      return drainWrites(context);
    case 'cordon':
      return [cordon(context)];
    case 'activate':
      return [instance(context, activated(context))];
    case 'commit':
      return [instance(context, letCommit(context))];
    case 'close':
      return closeWrites(step, context);
    case 'uncordon':
      return [marks(node, { isMarked: context.fleetNode.run !== null })];
    case 'force-drain':
      return forcedByProxy(context);
    default:
      return step satisfies never;
  }
}

/** What a node was left cordoned for is not over because another release is asked for. */
function begunMarks({ node, fleetNode, os }: WriteContext): Marks {
  const { isQuarantined, isArmed, booted } = fleetNode;
  const isLeft = isQuarantined || isArmed || booted?.isOnTrial === true;
  const isKept = isLeft && fleetNode.isCordoned && fleetNode.isCordonOurs;
  const cordonedBy = node.metadata.annotations[CORDONED_BY] ?? os.uid;
  return isKept ? { isMarked: true, cordonedBy } : { isMarked: true };
}

function drainWrites(context: WriteContext): readonly Write[] {
  const { node, os, proxyRules } = context;
  if (proxyRules !== null) return [instance(context, leftToProxy(context, proxyRules))];
  // Cut between the two, the cordon is seen as one that no run needs, or the drain is allowed in the next pass.
  const first = hasMarks(node, os.uid) ? [] : [cordon(context)];
  return [...first, instance(context, allowed(context, 'drain'))];
}

const cordon = ({ node, os }: WriteContext): Write =>
  marks(node, { isMarked: true, cordonedBy: os.uid });

/** A node without a run is looked at again for a cordon of ours, and not for a mark: that is taken off before. */
function closeWrites(step: Close, context: WriteContext): readonly Write[] {
  const { node } = context;
  const left = step.uncordon ? marks(node, {}) : marks(node, { cordonedBy: ours(node) });
  const write = instance(context, closed(step, context));
  return ours(node) === null ? [left, write] : [write, left];
}

/** An operator that ended after this write goes on with the next one. */
const hasMarks = (node: NodeObject, uid: string): boolean =>
  ours(node) === uid && Object.hasOwn(node.metadata.labels, UPGRADING);

/** What an agent takes (contract section 5). */
const LONGEST_HOLD_SECONDS = 86_400;

const marks = (node: NodeObject, said: Marks): Write => ({
  ...{ to: 'node', object: markedNode(node.metadata, said) },
  ...(isLeftByHand(node) && { isForced: true }),
});

const ours = (node: NodeObject): string | null =>
  isCordonOfOperator(node) ? (node.metadata.annotations[CORDONED_BY] ?? null) : null;

function begun(step: Extract<NodeStep, { do: 'begin' }>, context: WriteContext): Fields {
  const { os, node, source, nowMs } = context;
  const { name, namespace } = os;
  const isUpgrade = step.kind === 'upgrade';
  const { sysconfigs } = specBefore(context);
  return {
    ...{ nodestatus: 'upgrade', namespacedname: { name, namespace }, nodeUid: node.metadata.uid },
    run: {
      ...{ id: randomUUID(), kind: step.kind, target: step.target, repository: source.repository },
      // The way back leads to what the image was not, and needs what it had.
      image: isUpgrade ? source.image : null,
      goesBack: source.isBefore ? true : null,
      triesAgain: isUpgrade && context.triesAgain ? true : null,
      ...{ allowed: 'prepare', since: { prepare: new Date(nowMs).toISOString() } },
      holdCommitSeconds: Math.min(context.holdCommitSeconds, LONGEST_HOLD_SECONDS),
      ...bootedIn(context),
    },
    ...{ outcome: outcomeBefore(context), sysconfigs },
    ...{ upgradeconfigs: isUpgrade ? source.upgradeconfigs : null },
  };
}

/** Whose cordon somebody has lifted, or that a retry has forgiven, is left to nobody any more. */
function outcomeBefore(context: WriteContext): OsInstance['spec']['outcome'] {
  const { outcome } = specBefore(context);
  if (outcome === null || isStillLeft(context.fleetNode)) return outcome;
  const { quarantined: _left, ...rest } = outcome;
  return { ...rest, kind: outcome.kind === 'quarantined' ? 'failed' : outcome.kind };
}

function bootedIn({ instance: before }: WriteContext): Fields {
  const booted = before?.status.booted ?? null;
  if (booted === null) return { bootId: '' };
  const from = { version: versionOf(booted), digest: booted.digest };
  return { from, bootId: booted.bootId };
}

const versionOf = ({ version, digest }: { version: string; digest: string }): string =>
  version === '' ? digest.slice(0, 19) : version;

function allowed(
  { instance: before, nowMs }: WriteContext,
  what: 'drain' | 'activate',
): OsInstance['spec'] {
  const run = before?.spec.run;
  if (before == null || run == null) throw new Error(`no run to allow ${what}`);
  const since = { ...run.since, [what]: new Date(nowMs).toISOString() };
  return { ...before.spec, run: { ...run, allowed: what, since } };
}

/** The cordon is the first thing that the proxy does then. */
function leftToProxy(context: WriteContext, rules: DrainRules): Fields {
  const { run, ...spec } = allowed(context, 'drain');
  const drain = { by: 'proxy', cordonedBy: context.os.uid, rules: toldRules(rules) };
  return { ...spec, run: { ...run, drain } };
}

/** The operator's own drain is told, and nothing has to be written for it. */
function forcedByProxy(context: WriteContext): readonly Write[] {
  const { run, ...spec } = specBefore(context);
  if (run?.drain === undefined || run.drain.forced) return [];
  return [instance(context, { ...spec, run: { ...run, drain: { ...run.drain, forced: true } } })];
}

/** What was Ready on the node is to be so again: nobody who comes after this one can see it any more. */
function activated(context: WriteContext): Fields {
  const { run, ...spec } = allowed(context, 'activate');
  const daemonSets = context.daemonSets.slice(0, MAX_DAEMON_SETS);
  return { ...spec, run: { ...run, ...(daemonSets.length > 0 && { daemonSets }) } };
}

/** In the boot that was looked at, and in none after it. */
function letCommit({ instance: before }: WriteContext): Fields {
  const { run = null } = before?.spec ?? {};
  const bootId = before?.status.booted?.bootId;
  if (before == null || run == null || bootId === undefined) throw new Error('no run to commit');
  return { ...before.spec, run: { ...run, commitIn: bootId } };
}

function closed(step: Close, context: WriteContext): Fields {
  const { sysconfigs, upgradeconfigs } = specBefore(context);
  const nodeUid = context.node.metadata.uid;
  return {
    ...{ nodestatus: 'idle', nodeUid, sysconfigs, upgradeconfigs },
    outcome: outcomeOf(step, context),
  };
}
