import fc from 'fast-check';
import type { Fleet, FleetNode, RolloutPolicy } from '../plan/fleet.ts';
import { ALWAYS_OPEN, type Schedule } from '../plan/schedule.ts';
import type { World } from './simulate.ts';
import { FAULTS, type Behaviour } from '../simulation/simulated-node.ts';
import { testFleet, testNode } from './test-fleet.ts';

const minutes = (max: number) => fc.integer({ min: 0, max }).map((count) => count * 60_000);

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  ...{ prepareMs: minutes(20), drainMs: minutes(10), rebootMs: minutes(6), verifyMs: minutes(3) },
  fault: fc.oneof(
    { weight: 8, arbitrary: fc.constant('none' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...FAULTS),
    },
  ),
});

const node = fc.record({
  zone: fc.constantFrom('a', 'b', null),
  isControlPlane: fc.boolean(),
  isReady: fc.integer({ min: 0, max: 9 }).map((roll) => roll > 0),
  isCordoned: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
  isSilent: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
  behaviour,
});

/** What people and the world do to one of the nodes, in the first day. */
const happening = fc.record({
  what: fc.constantFrom('cordon', 'uncordon', 'goes-down', 'comes-up', 'vanishes', 'joins'),
  node: fc.nat(12),
  atMs: minutes(1440),
});

/** Each night from ten until two. */
const NIGHTS: Schedule = {
  blackouts: [],
  windows: [0, 1, 2, 3].map((day) => {
    const fromMs = (day * 24 + 22) * 3_600_000;
    return { kind: 'single', fromMs, untilMs: fromMs + 4 * 3_600_000 };
  }),
};

const amount = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
  fc.integer({ min: 1, max: 60 }).map((percent) => ({ percent })),
);

const policy: fc.Arbitrary<Partial<RolloutPolicy>> = fc.record({
  maxUnavailable: amount,
  maxUnavailablePerZone: fc.constantFrom(null, 1, 2),
  isSerial: fc.boolean(),
  waves: fc.array(
    fc.record(
      {
        ...{ size: amount, soakMs: minutes(20), needsApproval: fc.constant(false) },
        failureBudget: fc.integer({ min: 0, max: 2 }).map((count) => ({ count })),
      },
      { requiredKeys: ['size', 'soakMs', 'needsApproval'] },
    ),
    { maxLength: 3 },
  ),
  failureBudget: fc.integer({ min: 0, max: 5 }).map((count) => ({ count })),
  onFailure: fc.constantFrom('halt' as const, 'rollback' as const),
  withControlPlane: fc.boolean(),
  maxPreparing: fc.integer({ min: 1, max: 5 }),
  drainPolicy: fc.constantFrom('abort', 'quarantine', 'force', 'wait'),
  schedule: fc.constantFrom(ALWAYS_OPEN, ALWAYS_OPEN, NIGHTS),
});

const fates = fc.array(fc.constantFrom('written', 'written', 'written', 'cut', 'lost'), {
  minLength: 50,
  maxLength: 50,
});

/** A cluster, what is asked of it, and what goes wrong with nodes and with writing. */
export const cluster = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 12 }),
  ...{ policy, fates },
  operatorAt: fc.nat(20),
  happenings: fc.array(happening, { maxLength: 8 }),
});

export type Cluster = typeof cluster extends fc.Arbitrary<infer Value> ? Value : never;

export const nameOf = (index: number): string => `n${index}`;

export function fleetOf({ nodes, policy: asked, operatorAt }: Cluster): Fleet {
  const made = nodes.map((one, index): FleetNode => {
    const { zone, isControlPlane, isReady, isCordoned, isSilent } = one;
    const observed = testNode(nameOf(index), { zone, isControlPlane, isReady, isCordoned });
    return isSilent ? { ...observed, booted: null } : observed;
  });
  return { ...testFleet(made, asked), operatorNode: nameOf(operatorAt) };
}

/** As events of a simulation. */
export const eventsOf = ({ happenings }: Cluster): NonNullable<World['events']> =>
  happenings.map(({ atMs, what, node: index }) => ({
    atMs,
    change: (fleet, nowMs) => {
      const name = nameOf(index);
      if (what === 'joins') return joined(fleet, testNode(`${name}-new`, { createdMs: nowMs }));
      const nodes = fleet.nodes.flatMap((one) =>
        one.name === name ? befallen(one, what, nowMs) : [one],
      );
      return { ...fleet, nodes };
    },
  }));

function joined(fleet: Fleet, one: FleetNode): Fleet {
  const isThere = fleet.nodes.some(({ name }) => name === one.name);
  return isThere ? fleet : { ...fleet, nodes: [...fleet.nodes, one] };
}

function befallen(
  one: FleetNode,
  what: Exclude<Cluster['happenings'][number]['what'], 'joins'>,
  nowMs: number,
): readonly FleetNode[] {
  switch (what) {
    case 'cordon':
      return [{ ...one, isCordoned: true }];
    case 'uncordon':
      return [{ ...one, isCordoned: false, isCordonOurs: false }];
    case 'goes-down':
      return [one.isReady ? { ...one, isReady: false, readySinceMs: nowMs } : one];
    case 'comes-up':
      return [one.isReady ? one : { ...one, isReady: true, readySinceMs: nowMs }];
    case 'vanishes':
      return [];
    default:
      return what satisfies never;
  }
}

/** Of the first so many steps; then nothing goes wrong with writing any more. */
export function fateOf(ends: readonly string[]) {
  let count = 0;
  return () => {
    count += 1;
    const end = ends[count - 1];
    return end === 'cut' || end === 'lost' ? end : 'written';
  };
}
