import type { Fleet } from '../plan/fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import type { Plan, Step } from '../plan/step.ts';
import { applyStep } from '../simulation/apply-step.ts';
import { liveOn, WELL, type Behaviour } from '../simulation/simulated-node.ts';
import { ONE, TWO } from './test-fleet.ts';

export interface World {
  readonly behaviours: Readonly<Record<string, Behaviour>>;
  /** What happens to a written step; default: it is written. */
  readonly fate?: (step: Step) => 'written' | 'cut' | 'lost';
  /** What people and the cluster do meanwhile. */
  readonly events?: readonly {
    readonly atMs: number;
    readonly change: (fleet: Fleet, nowMs: number) => Fleet;
  }[];
  readonly tickMs?: number;
  readonly untilMs: number;
  /** Told after each pass. */
  readonly watch?: (moment: Moment) => void;
}

export interface Moment {
  readonly nowMs: number;
  readonly before: Fleet;
  readonly plan: Plan;
  readonly after: Fleet;
}

/** Runs the planner over a cluster that lives on, pass after pass, as an operator would that can be ended anywhere. */
export function simulate(start: Fleet, world: World): Moment {
  const { behaviours, fate = () => 'written', events = [], tickMs = 30_000, untilMs } = world;
  let fleet = start;
  for (let nowMs = 0; ; nowMs += tickMs) {
    for (const { atMs, change } of events)
      if (atMs > nowMs - tickMs && atMs <= nowMs) fleet = change(fleet, nowMs);
    const nodes = fleet.nodes.map((node) => liveOn(node, behaviours[node.name] ?? WELL, nowMs));
    const before = { ...fleet, nodes };
    const plan = planRollout(before, nowMs);
    fleet = write(before, plan.steps, { fate, nowMs });
    const moment = { nowMs, before, plan, after: fleet };
    world.watch?.(moment);
    if (nowMs >= untilMs) return moment;
  }
}

/** An operator that is cut does nothing more in this pass. */
function write(
  before: Fleet,
  steps: readonly Step[],
  { fate, nowMs }: { readonly fate: NonNullable<World['fate']>; readonly nowMs: number },
): Fleet {
  let fleet = before;
  for (const step of steps) {
    const end = fate(step);
    if (end !== 'lost') {
      fleet = applyStep(fleet, step, { nowMs, releases: [ONE, TWO], isCut: end === 'cut' });
    }
    if (end !== 'written') break;
  }
  return fleet;
}
