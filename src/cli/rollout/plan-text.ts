import { osName } from '../../rollout/api/os-object.ts';
import type { PodVerdict } from '../../rollout/drain/try-drain.ts';
import type { ObservedRollout } from '../../rollout/operator/observe-rollouts.ts';
import type { Foresight, ForeseenNode } from '../../rollout/simulation/foresee.ts';

export interface NodeDrainPlan {
  readonly node: string;
  readonly pods: readonly PodVerdict[];
}

export interface RolloutPlan {
  readonly rollout: ObservedRollout;
  readonly foresight: Foresight;
  /** Of the first nodes, as it is now. */
  readonly drains: readonly NodeDrainPlan[];
}

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

export function planDocument({ rollout, foresight, drains }: RolloutPlan): object {
  const { halt, left, endsMs, beyond } = foresight;
  return {
    ...{ apiVersion: 'cli.kubeos/v1', kind: 'RolloutPlan', os: osName(rollout.os) },
    ...{ target: rollout.target, total: rollout.fleet.nodes.length, halt, left, drains },
    nodes: foresight.nodes.map(({ node, wave, beginsMs, drainsMs, endsMs: backMs }) => {
      return { node, wave, begins: time(beginsMs), drains: time(drainsMs), ends: time(backMs) };
    }),
    ends: timeOrNull(endsMs),
    beyond: beyond === null ? null : { nodes: beyond.nodes, ends: timeOrNull(beyond.endsMs) },
  };
}

/** In the order in which nodes begin. */
export function planText({ rollout, foresight, drains }: RolloutPlan): string {
  const { target, fleet, os } = rollout;
  const { nodes, left, beyond, halt } = foresight;
  const all = nodes.length + (beyond?.nodes ?? 0);
  return [
    `${osName(os)}  ${target.version}  ${target.digest}`,
    fleet.nodes.length === 0
      ? '  the selection means no node'
      : `  ${fleet.nodes.length} nodes, of which ${all} get it: ${endOf(foresight)}`,
    ...(halt === null ? [] : [`  refused: ${halt.reason}: ${halt.message}`]),
    ...table(nodes),
    ...(beyond === null ? [] : [`  ${beyond.nodes} more come after these; the end is estimated`]),
    ...(fleet.policy.waves.some(({ needsApproval }) => needsApproval) ? [APPROVED] : []),
    ...left.map(({ node, gates }) => `  ${node}  does not get it: ${because(gates)}`),
    ...drains.flatMap(drainLines),
    '',
  ].join('\n');
}

function endOf({ endsMs, beyond }: Foresight): string {
  const lastMs = beyond === null ? endsMs : beyond.endsMs;
  return lastMs === null ? 'no node is begun' : `about ${time(lastMs)} if nothing goes wrong`;
}

function table(nodes: readonly ForeseenNode[]): readonly string[] {
  if (nodes.length === 0) return [];
  const width = Math.max(4, ...nodes.map(({ node }) => node.length));
  return [
    `  ${'NODE'.padEnd(width)}  WAVE  PODS MOVE FROM        BACK BY`,
    ...nodes.map(({ node, wave, drainsMs, endsMs }) => {
      return `  ${node.padEnd(width)}  ${String(wave).padEnd(4)}  ${time(drainsMs)}  ${time(endsMs)}`;
    }),
  ];
}

const APPROVED = '  these times hold if each wave that asks for approval gets it at once';

const because = (gates: Foresight['left'][number]['gates']): string =>
  gates.map(({ gate, because: why }) => `${gate}: ${why}`).join('; ');

/** What leaves is as it should be; the rest is told. */
function drainLines({ node, pods }: NodeDrainPlan): readonly string[] {
  const held = pods.filter(({ verdict }) => verdict === 'waits' || verdict === 'blocked');
  return held.map(({ pod, verdict, because: why, remedy }) => {
    return `  ${node}: ${pod} ${verdict}: ${why}${remedy === null ? '' : `; ${remedy}`}`;
  });
}
