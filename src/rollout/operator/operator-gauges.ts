import { osName, type OsObject } from '../api/os-object.ts';
import { atLeast } from '../plan/amount.ts';
import type { Fleet } from '../plan/fleet.ts';
import { isAway } from '../plan/stage.ts';
import { stageFleet } from '../plan/staged-fleet.ts';
import type { Summary } from '../plan/summarise.ts';
import type { DrainReport } from './cluster-view.ts';

/** One rollout as the last pass saw it. */
export interface PassedRollout {
  readonly os: OsObject;
  readonly fleet: Fleet;
  readonly summary: Summary;
}

/** What the last pass saw; asked for whenever somebody scrapes. */
export interface Passed {
  readonly rollouts: readonly PassedRollout[];
  readonly drains: ReadonlyMap<string, DrainReport>;
  readonly atMs: number;
}

type SetGauge = (labels: Record<string, string>, value: number) => void;

export interface GaugeOf {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly collect: (passed: Passed, set: SetGauge) => void;
}

/** All that is so now, by name. */
export const GAUGES: readonly GaugeOf[] = [
  {
    name: 'kubeos_os_info',
    help: 'The release that an OS object asks for',
    labels: ['os', 'release', 'digest'],
    collect: ({ rollouts }, set) => {
      for (const { os, fleet } of rollouts) {
        const { version: release, digest } = fleet.policy.target;
        set({ os: osName(os), release, digest }, 1);
      }
    },
  },
  {
    name: 'kubeos_os_status_condition',
    help: 'Conditions of OS objects',
    labels: ['os', 'condition', 'status'],
    collect: ({ rollouts }, set) => {
      for (const { os } of rollouts) {
        for (const { type: condition, status } of os.status.conditions) {
          set({ os: osName(os), condition, status }, 1);
        }
      }
    },
  },
  {
    name: 'kubeos_os_nodes',
    help: 'Nodes of a selection by phase',
    labels: ['os', 'phase'],
    collect: ({ rollouts }, set) => {
      for (const { os, summary } of rollouts) {
        for (const [phase, count] of Object.entries(summary.counts)) {
          set({ os: osName(os), phase }, count);
        }
      }
    },
  },
  {
    name: 'kubeos_node_phase',
    help: '1 for the phase that a node is in',
    labels: ['node', 'phase'],
    collect: ({ rollouts, atMs }, set) => {
      for (const { fleet } of rollouts) {
        for (const { name: node, stage: phase } of stageFleet(fleet, atMs).nodes) {
          set({ node, phase }, 1);
        }
      }
    },
  },
  {
    name: 'kubeos_node_maintenance',
    help: '1 for a node that a rollout keeps from its work',
    labels: ['node'],
    collect: ({ rollouts, atMs }, set) => {
      for (const { fleet } of rollouts) {
        for (const { name: node, stage } of stageFleet(fleet, atMs).nodes) {
          if (isAway(stage)) set({ node }, 1);
        }
      }
    },
  },
  {
    name: 'kubeos_drain_blocked',
    help: '1 for a node whose pods do not leave',
    labels: ['node'],
    collect: ({ drains }, set) => {
      for (const [node, { blockedBy }] of drains) set({ node }, blockedBy === null ? 0 : 1);
    },
  },
  {
    name: 'kubeos_rollout_budget_remaining',
    help: 'So many nodes may still fail before the rollout halts by strategy.failureBudget; that of a wave may halt it before',
    labels: ['os'],
    collect: ({ rollouts }, set) => {
      for (const { os, fleet } of rollouts) set({ os: osName(os) }, budgetOf(fleet));
    },
  },
];

const FAILED: ReadonlySet<string> = new Set(['failed', 'fell-back', 'quarantined']);

function budgetOf({ nodes, policy }: Fleet): number {
  const failed = nodes.filter(({ outcome }) => outcome !== null && FAILED.has(outcome.kind)).length;
  return Math.max(0, atLeast(policy.failureBudget, nodes.length) - failed);
}
