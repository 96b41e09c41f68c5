import test from 'ava';
import fc from 'fast-check';
import { cluster, eventsOf, fateOf, fleetOf, nameOf, type Cluster } from '../testing/any-fleet.ts';
import { simulate, type Moment } from '../testing/simulate.ts';
import { WELL } from '../simulation/simulated-node.ts';
import { TWO } from '../testing/test-fleet.ts';
import { atMost } from './amount.ts';
import { isUnavailable } from './availability.ts';
import type { Fleet } from './fleet.ts';
import { isAway, isUnderWay } from './stage.ts';
import { living, stageFleet, type StagedNode } from './staged-fleet.ts';
import { goesBack, isUpgraded } from './way-back.ts';

/** Noon of the fourth day, when no window is open. */
const END_MS = 3.5 * 86_400_000;

function run(made: Cluster, watch: (moment: Moment) => void): Moment {
  const behaviours = Object.fromEntries(
    made.nodes.map((one, index) => [nameOf(index), one.behaviour]),
  );
  return simulate(fleetOf(made), {
    ...{ behaviours, fate: fateOf(made.fates), events: eventsOf(made) },
    ...{ untilMs: END_MS, tickMs: 5 * 60_000, watch },
  });
}

/** Never more are taken away than may be, whatever is lost, cut or dies in between. */
function assertLimit({ nowMs, before, plan, after }: Moment): void {
  if (!plan.steps.some((step) => step.do === 'drain')) return;
  const fleet = stageFleet(after, nowMs);
  const counted = living(fleet);
  const most = atMost(after.policy.maxUnavailable, counted.length);
  const away = counted.filter(isUnavailable);
  const ours = away.filter(({ stage }) => isAway(stage));
  if (after.policy.isSerial && ours.length > 1) throw new Error(`${ours.length} at once`);
  const names = away.map(({ name, stage }) => `${name} ${stage}`).join(', ');
  const wereAway = living(stageFleet(before, nowMs)).filter(isUnavailable).length;
  if (away.length > Math.max(most, wereAway)) throw new Error(`${most} may be away: ${names}`);
}

function assertZones({ nowMs, before, plan, after }: Moment): void {
  const { maxUnavailablePerZone: most } = after.policy;
  if (most === null || !plan.steps.some((step) => step.do === 'drain')) return;
  for (const zone of ['a', 'b']) {
    const awayIn = (fleet: Fleet): number =>
      living(stageFleet(fleet, nowMs)).filter((one) => one.zone === zone && isUnavailable(one))
        .length;
    const away = awayIn(after);
    if (away > Math.max(most, awayIn(before))) throw new Error(`zone ${zone}: ${away} of ${most}`);
  }
}

function assertControlPlane({ nowMs, plan, after }: Moment): void {
  if (!plan.steps.some((step) => step.do === 'drain')) return;
  const { nodes } = stageFleet(after, nowMs);
  const ours = nodes.filter((one) => one.isControlPlane && isAway(one.stage));
  if (ours.length > 1) throw new Error(`control planes ${ours.map(({ name }) => name).join(', ')}`);
}

/** In the end every node has it, had its try, is out of reach, or is told why it waits. */
function assertEnd({ nowMs, after, plan }: Moment): void {
  if (plan.steps.length > 0) throw new Error(`still ${JSON.stringify(plan.steps)}`);
  const waiting = new Set(plan.waiting.map((one) => one.node));
  const { halted } = after.course;
  const isGoingBack = halted !== null && goesBack(after, halted.reason);
  for (const node of stageFleet(after, nowMs).nodes) {
    if (waiting.has(node.name)) continue;
    if (isGoingBack && isLeftBehind(node)) throw new Error(`${node.name} was not rolled back`);
    const isAtRest = node.stage !== 'pending' && !isUnderWay(node.stage);
    if (!isAtRest) throw new Error(`${node.name} is ${node.stage}, and nobody knows why`);
  }
}

const isLeftBehind = (node: StagedNode): boolean => isUpgraded(node) && node.isReady;

/** Every gate has a reason outside of the planner: none waits for another that waits for it. */
function assertNoCircle({ nowMs, after, plan }: Moment): void {
  const { nodes } = stageFleet(after, nowMs);
  const gatesOf = ({ name }: StagedNode) => plan.waiting.find(({ node }) => node === name)?.gates;
  const open = nodes.filter(({ isDead, isReady, isCordoned, stage }) => {
    return (!isDead && isUnderWay(stage)) || (isReady && !isCordoned && stage === 'pending');
  });
  const isWithin = (one: StagedNode): boolean =>
    gatesOf(one)?.every(({ gate }) => gate === 'waveSize' || gate === 'operatorLast') === true;
  if (open.length > 0 && open.every(isWithin)) throw new Error(JSON.stringify(plan.waiting));
}

/** A cordon of somebody else is neither lifted nor taken over. */
function assertForeign({ before, after }: Moment): void {
  for (const { name, isCordoned, isCordonOurs } of before.nodes) {
    if (!isCordoned || isCordonOurs) continue;
    const now = after.nodes.find((one) => one.name === name);
    if (now?.isCordoned !== true || now.isCordonOurs) {
      throw new Error(`${name}: a foreign cordon was lifted`);
    }
  }
}

/** What we cordoned is free again, but for what is down, was left cordoned on purpose, or waits with it. */
function assertCordons({ nowMs, after, plan }: Moment): void {
  const blocked = new Set(plan.waiting.map(({ node }) => node));
  for (const one of stageFleet(after, nowMs).nodes) {
    const isOnTrial = one.booted?.isOnTrial === true;
    const isKept = one.isQuarantined || isOnTrial || !one.isReady;
    const isDraining = one.stage === 'draining' && blocked.has(one.name);
    if (one.isCordonOurs && !isKept && !isDraining) throw new Error(`${one.name} stays cordoned`);
  }
}

test('whatever dies, falls back, is cut or lost: no limit is broken, and every rollout ends', (t) => {
  fc.assert(
    fc.property(cluster, (made) => {
      const end = run(made, (moment) => {
        assertLimit(moment);
        assertZones(moment);
        assertControlPlane(moment);
        assertForeign(moment);
      });
      assertEnd(end);
      assertNoCircle(end);
      assertCordons(end);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('where nothing is wrong every node that was asked for gets the release', (t) => {
  const healthy = cluster.map((made) => ({
    ...made,
    happenings: [],
    policy: { ...made.policy, withControlPlane: true },
    nodes: made.nodes.map((one) => ({
      ...one,
      ...{ isReady: true, isCordoned: false, isSilent: false },
      behaviour: { ...WELL, prepareMs: one.behaviour.prepareMs },
    })),
  }));
  fc.assert(
    fc.property(healthy, (made) => {
      const { after } = run(made, assertLimit);
      return after.nodes.every(({ booted }) => booted?.digest === TWO.digest);
    }),
    { numRuns: 200 },
  );
  t.pass();
});
