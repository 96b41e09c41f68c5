import fc from 'fast-check';
import type { Fleet, FleetNode, RolloutPolicy } from '../plan/fleet.ts';
import type { Behaviour } from './simulated-node.ts';
import { testFleet, testNode } from './test-fleet.ts';

const minutes = (max: number) => fc.integer({ min: 0, max }).map((count) => count * 60_000);

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  ...{ prepareMs: minutes(20), drainMs: minutes(10), rebootMs: minutes(6), verifyMs: minutes(3) },
  fault: fc.oneof(
    { weight: 8, arbitrary: fc.constant('none' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('falls-back', 'dies', 'hangs', 'blocked', 'cannot-prepare'),
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

const amount = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
  fc.integer({ min: 1, max: 60 }).map((percent) => ({ percent })),
);

const policy: fc.Arbitrary<Partial<RolloutPolicy>> = fc.record({
  maxUnavailable: amount,
  maxUnavailablePerZone: fc.constantFrom(null, 1, 2),
  isSerial: fc.boolean(),
  waves: fc.array(
    fc.record({ size: amount, soakMs: minutes(20), needsApproval: fc.constant(false) }),
    { maxLength: 3 },
  ),
  failureBudget: fc.integer({ min: 0, max: 5 }).map((count) => ({ count })),
  onFailure: fc.constantFrom('halt' as const, 'rollback' as const),
  withControlPlane: fc.boolean(),
  maxPreparing: fc.integer({ min: 1, max: 5 }),
  drainPolicy: fc.constantFrom('abort' as const, 'quarantine' as const, 'force' as const),
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

/** Of the first so many steps; then nothing goes wrong with writing any more. */
export function fateOf(ends: readonly string[]) {
  let count = 0;
  return () => {
    count += 1;
    const end = ends[count - 1];
    return end === 'cut' || end === 'lost' ? end : 'written';
  };
}
