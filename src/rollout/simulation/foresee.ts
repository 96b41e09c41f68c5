import type { Fleet, FleetNode } from '../plan/fleet.ts';
import { retryAt } from '../plan/gates.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { estimateLeft } from '../progress/estimate-left.ts';
import { predict } from '../plan/predict.ts';
import { openingAt } from '../plan/schedule.ts';
import { isAhead, isUnderWay } from '../plan/stage.ts';
import { stageFleet, type StagedFleet } from '../plan/staged-fleet.ts';
import type { Plan, Step, Waiting } from '../plan/step.ts';
import { waveStateOf } from '../plan/waves.ts';
import { applyStep } from './apply-step.ts';
import { changesOf } from './next-change.ts';
import { liveOn, type Behaviour } from './simulated-node.ts';

/** When a node would be begun, and given back. Milliseconds since 1970. */
export interface ForeseenNode {
  readonly node: string;
  /** Counted from 1. */
  readonly wave: number;
  readonly beginsMs: number;
  /** When its pods would begin to move. */
  readonly drainsMs: number;
  readonly endsMs: number;
}

/** How a rollout goes if nothing goes wrong, and every wave that asks is approved at once. */
export interface Foresight {
  readonly nodes: readonly ForeseenNode[];
  /** Nodes that would not get the release, and what each waits for. */
  readonly left: readonly Waiting[];
  /** When the last node is given back; null where none is begun. */
  readonly endsMs: number | null;
  /** Nodes that come after these, and about when the last of them is given back; null where none does. */
  readonly beyond: { readonly nodes: number; readonly endsMs: number | null } | null;
  /** Why nothing would be begun at all. */
  readonly halt: { readonly reason: string; readonly message: string } | null;
}

/** Where nothing says when something changes. */
const LONGEST_MS = 10 * 60_000;
/** What comes so close together is looked at together: an answer of a node to the planner, too. */
const SETTLE_MS = 10_000;
const HORIZON_MS = 60 * 86_400_000;
/** Nodes looked at, again and again: some seconds. What begins later is only estimated. */
const MOST_LOOKS = 2_000_000;

/** The planner itself, run ahead in time over machines that take what was measured, or what is usual. */
export function foresee(fleet: Fleet, nowMs: number, mostLooks = MOST_LOOKS): Foresight {
  const journey = new Journey(fleet, nowMs);
  for (let looks = 0; looks < mostLooks && journey.goesOn; looks += fleet.nodes.length) {
    journey.pass();
  }
  return journey.told;
}

/** Since when kubelet is there in a boot that nobody has asked for, and with what pods, only an operator knows. */
function heardNow(node: FleetNode, nowMs: number): FleetNode {
  const { run } = node;
  if (run === null || run.allowed === 'activate' || !isAhead(node, run)) return node;
  return { ...node, readySinceMs: nowMs, run: { ...run, unhealthy: null } };
}

class Journey {
  readonly #untilMs: number;
  readonly #behaviour: Behaviour;
  readonly #nodes = new Map<string, ForeseenNode>();
  #fleet: Fleet;
  #nowMs: number;
  #waiting: readonly Waiting[] = [];
  #halt: Foresight['halt'] = null;
  goesOn = true;

  constructor(fleet: Fleet, nowMs: number) {
    this.#untilMs = nowMs + HORIZON_MS;
    const nodes = fleet.nodes.map((node) => heardNow(node, nowMs));
    this.#fleet = { ...fleet, nodes, wishes: { ...fleet.wishes, approvedWaves: Infinity } };
    this.#nowMs = nowMs;
    this.#halt = fleet.course.halted;
    const staged = stageFleet(fleet, nowMs);
    this.#behaviour = behaviourOf(staged);
    for (const node of underWay(staged)) this.#nodes.set(node.node, node);
  }

  get told(): Foresight {
    const nodes = [...this.#nodes.values()].filter(({ endsMs }) => endsMs > 0);
    const endsMs = nodes.length === 0 ? null : Math.max(...nodes.map((node) => node.endsMs));
    const told = { nodes, endsMs, halt: this.#halt };
    if (!this.goesOn) return { ...told, left: this.#waiting, beyond: null };
    return { ...told, left: [], beyond: this.#beyond() };
  }

  #beyond(): NonNullable<Foresight['beyond']> {
    const staged = stageFleet(this.#fleet, this.#nowMs);
    const left = staged.nodes.filter(({ stage }) => stage === 'pending' || isUnderWay(stage));
    const time = estimateLeft(staged);
    return { nodes: left.length, endsMs: time === null ? null : this.#nowMs + time.ms };
  }

  pass(): void {
    const nodes = this.#fleet.nodes.map((node) => liveOn(node, this.#behaviour, this.#nowMs));
    const before = { ...this.#fleet, nodes };
    const plan = planRollout(before, this.#nowMs);
    this.#waiting = plan.waiting;
    const wave = waveStateOf(stageFleet(before, this.#nowMs)).index + 1;
    this.#fleet = plan.steps.reduce<Fleet>((fleet, step) => this.#apply(fleet, step, wave), before);
    const nextMs = this.#halt === null ? this.#next(plan) : null;
    this.goesOn = nextMs !== null && nextMs < this.#untilMs;
    this.#nowMs = nextMs ?? this.#nowMs;
  }

  #apply(fleet: Fleet, step: Step, wave: number): Fleet {
    if (step.do === 'halt') this.#halt = { reason: step.reason, message: step.message };
    if ('node' in step) this.#note(step, wave);
    return applyStep(fleet, step, { nowMs: this.#nowMs, releases: [], isCut: false });
  }

  #note(step: Extract<Step, { node: string }>, wave: number): void {
    const { node } = step;
    const begun = { node, wave, beginsMs: this.#nowMs, drainsMs: 0, endsMs: 0 };
    if (step.do === 'begin') this.#nodes.set(node, begun);
    // What is brought to its end for another release is not of this rollout.
    const known = this.#nodes.get(node);
    if (known === undefined) return;
    if (step.do === 'drain') this.#nodes.set(node, { ...known, drainsMs: this.#nowMs });
    if (step.do === 'close' && step.outcome === 'done') {
      this.#nodes.set(node, { ...known, endsMs: this.#nowMs });
    }
  }

  /** The next moment at which something may be otherwise; null: nothing will. */
  #next({ steps }: Plan): number | null {
    const staged = stageFleet(this.#fleet, this.#nowMs);
    const isMoving = steps.length > 0 || staged.nodes.some(({ stage }) => isUnderWay(stage));
    const isHeld = staged.nodes.every(({ stage }) => !isUnderWay(stage) || stage === 'prepared');
    const opensMs = this.#opensMs(staged);
    if (steps.length === 0 && isHeld && opensMs !== null) return opensMs;
    if (isMoving && !(steps.length === 0 && isHeld)) return this.#changesMs(steps);
    return opensMs;
  }

  #changesMs(steps: readonly Step[]): number {
    if (steps.some((step) => !WAITED_FOR.has(step.do))) return this.#nowMs + SETTLE_MS;
    const { readyMs } = this.#fleet.policy.limits;
    const changes = this.#fleet.nodes
      .flatMap((node) => changesOf(node, this.#behaviour, readyMs))
      .filter((ms) => ms > this.#nowMs);
    const first = changes.reduce((least, ms) => Math.min(least, ms), this.#nowMs + LONGEST_MS);
    return Math.max(first, this.#nowMs + SETTLE_MS);
  }

  /** When a window opens, a wave has soaked, or a node that was postponed is tried again: the first of these. */
  #opensMs(staged: StagedFleet): number | null {
    const { gate } = waveStateOf(staged);
    const { isOpen, opensMs } = openingAt(staged.policy.schedule, this.#nowMs);
    const times = [
      gate.kind === 'soaking' ? gate.untilMs : null,
      isOpen ? null : opensMs,
      ...staged.nodes.map((node) => retryAt(staged, node)),
    ];
    const next = times.filter((ms) => ms !== null && ms > this.#nowMs);
    return next.length === 0 ? null : Math.min(...next.flatMap((ms) => ms ?? []));
  }
}

/** What a node takes its time for; everything else it has done at once. */
const WAITED_FOR: ReadonlySet<Step['do']> = new Set(['begin', 'drain', 'activate']);

/** What was begun before anybody looked ahead. */
function underWay(fleet: StagedFleet): readonly ForeseenNode[] {
  const wave = waveStateOf(fleet).index + 1;
  const { digest } = fleet.policy.target;
  return fleet.nodes.flatMap(({ name: node, run }) => {
    if (run === null || run.kind !== 'upgrade' || run.target.digest !== digest) return [];
    const { prepare, drain = 0 } = run.since;
    return [{ node, wave, beginsMs: prepare, drainsMs: drain, endsMs: 0 }];
  });
}

const VERIFY_MS = 30_000;

function behaviourOf(fleet: StagedFleet): Behaviour {
  const { drainMs, switchMs } = predict(fleet);
  const rebootMs = Math.max(0, switchMs - VERIFY_MS - fleet.policy.limits.readyMs);
  return { prepareMs: 60_000, drainMs, rebootMs, verifyMs: VERIFY_MS, fault: 'none' };
}
