import { osName, type OsObject } from '../api/os-object.ts';
import type { ClusterView } from '../operator/cluster-view.ts';
import {
  observeRollouts,
  type Observed,
  type ObservedRollout,
} from '../operator/observe-rollouts.ts';
import type { NodeSettings } from '../operator/observe-settings.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { stageFleet, type StagedNode } from '../plan/staged-fleet.ts';
import { gatesOf, type ToldGate } from './gates-of.ts';

/** Why a node is where it is. */
export interface NodeExplanation {
  readonly node: string;
  /** OS object that means it; null for none. */
  readonly os: string | null;
  /** Stage in the rollout; null where nobody rolls anything out to it. */
  readonly stage: string | null;
  /** Since when it is there, where that is written down. */
  readonly since: string | null;
  /** What it waits for; none where nothing is in its way. */
  readonly gates: readonly ToldGate[];
  readonly message: string;
  /** What a person may do about it; null where nothing is to be done. */
  readonly next: string | null;
}

/** @returns null where the cluster has no such node */
export function explainNode(
  view: ClusterView,
  name: string,
  nowMs: number,
): NodeExplanation | null {
  if (!view.nodes.some(({ metadata }) => metadata.name === name)) return null;
  const observed = observeRollouts(view, nowMs);
  const rollout = observed.find((one) => 'fleet' in one && hasNode(one, name));
  if (rollout !== undefined && 'fleet' in rollout) return inRollout(rollout, name, nowMs);
  return inSettings(observed, name) ?? notMeant(name, observed);
}

/** Where an OS object sets the node, and rolls no release out to it. */
function inSettings(observed: readonly Observed[], name: string): NodeExplanation | null {
  for (const one of observed) {
    if (!('settings' in one)) continue;
    const found = one.nodes.find(({ node }) => node.metadata.name === name);
    if (found === undefined) continue;
    const version = `sysconfigs ${one.settings.version ?? ''}`;
    const beside = found.message === '' ? '' : `: ${found.message}`;
    const message = `${SETTINGS_WORDS[found.state].replace('SETTINGS', version)}${beside}`;
    return { ...outside(name), os: osName(one.os), message };
  }
  return null;
}

const SETTINGS_WORDS: Readonly<Record<NodeSettings['state'], string>> = {
  current: 'has SETTINGS',
  given: 'is told to take SETTINGS',
  failed: 'did not take SETTINGS',
  pending:
    'is to get SETTINGS, when fewer nodes are at it, failed ones are mended, and neither a pause nor a window keeps it',
  busy: 'is being upgraded, and gets SETTINGS after that',
  down: 'gets SETTINGS when it is Ready',
  dead: 'gets SETTINGS when it is Ready, and is not waited for',
  silent: 'gets SETTINGS when its proxy is there',
};

const hasNode = ({ fleet }: ObservedRollout, name: string): boolean =>
  fleet.nodes.some((node) => node.name === name);

const outside = (node: string) => ({
  ...{ node, os: null, stage: null, since: null, gates: [], next: null },
});

function notMeant(node: string, observed: readonly Observed[]): NodeExplanation {
  const invalid = observed.flatMap((one) =>
    'invalid' in one ? [`${osName(one.os)} (${one.invalid.message})`] : [],
  );
  const beside = invalid.length === 0 ? '' : `; not acted upon: ${invalid.join(', ')}`;
  return { ...outside(node), message: `no OS object that can be acted upon means it${beside}` };
}

function inRollout(rollout: ObservedRollout, name: string, nowMs: number): NodeExplanation {
  const { fleet, os, target } = rollout;
  const node = stageFleet(fleet, nowMs).nodes.find((one) => one.name === name);
  const { waiting } = planRollout(fleet, nowMs);
  const stage = node?.stage ?? null;
  return {
    ...{ node: name, os: osName(os), stage, since: node === undefined ? null : sinceOf(node) },
    gates: gatesOf(waiting, os)(name),
    message: node === undefined ? OUTSIDE : sentenceOf(node, target.version),
    next: node === undefined ? null : nextOf(node, os),
  };
}

/** Of a node that comes no further by itself. */
function nextOf(node: StagedNode, { metadata }: OsObject): string | null {
  const { name, stage, outcome, run } = node;
  if (node.isArmed && node.isCordonOurs && run === null)
    return `${RESTART}: ${name} stays cordoned`;
  if (stage !== 'out') return null;
  const os =
    metadata.namespace === 'default' ? metadata.name : `${metadata.name} -n ${metadata.namespace}`;
  const cordon = outcome?.kind === 'quarantined' ? `, then \`kubectl uncordon ${name}\`` : '';
  return (
    `if it is the node's fault: mend it${cordon}, then \`kubeos rollout retry ${os}\`; ` +
    `if it is the release's: \`kubeos rollout rollback ${os}\`, or start a mended one`
  );
}

const RESTART =
  'its other slot is activated, so whatever restarts it tries that release; restart it, or take it back there with `kubeos-agent cancel`';

const OUTSIDE = 'a control-plane node, and the OS object does not say strategy.controlPlane';

function sinceOf({ run, outcome }: StagedNode): string | null {
  const ms = run === null ? outcome?.atMs : (run.since[run.allowed] ?? run.since.prepare);
  return ms === undefined ? null : new Date(ms).toISOString();
}

function sentenceOf(node: StagedNode, version: string): string {
  const { stage, outcome } = node;
  if (stage === 'out') return `had its try and did not make it: ${outcome?.message ?? ''}`;
  return WORDS[stage].replace('RELEASE', version);
}

const WORDS: Readonly<Record<StagedNode['stage'], string>> = {
  current: 'runs RELEASE',
  pending: 'is to get RELEASE',
  preparing: 'fetches RELEASE into its standby slot; nothing of it is noticed',
  prepared: 'has RELEASE in its standby slot, and waits for its turn',
  draining: 'is cordoned, and its pods are moved',
  drained: 'is drained, and is about to be switched',
  switching: 'is on its way into RELEASE',
  back: 'runs RELEASE, and is watched for a while',
  settled: 'runs RELEASE, and is given back now',
  failed: 'has failed, and is about to be given back',
  out: 'had its try',
  silent:
    'no proxy has said what runs on it: kubectl get pods -A -o wide shows whether one is there',
};
