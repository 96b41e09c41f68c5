import type { ExecutionContext } from 'ava';
import { until } from '../../../src/demo/control-plane/until.ts';
import { runKubeos } from '../../rollout/run-kubeos.ts';
import type { NodeFleet } from '../fleet.ts';
import { begin, untilCertain, why } from './roll.ts';
import { assertAllRun, assertServed, seeAll } from './upgrade.ts';

interface Tried {
  readonly release: string;
  /** What was given up is tried again by itself, a quarter of an hour later, or as soon as a person says so. */
  readonly again: 'by-itself' | 'by-hand';
}

/** Nothing may leave: the budget is named, the drain is given up after its time, and goes on where the budget lets it. */
export async function waitsForBudget(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, again }: Tried,
): Promise<void> {
  const before = await seeAll(fleet);
  await allow(fleet, { minAvailable: 2 });
  await begin(fleet, '--release', release);
  await drain(fleet, { policy: 'abort', timeout: '30s' });
  await saysOfANode(fleet, /disruption budget web needs 2 healthy pods/);
  await saysOfANode(fleet, /postponed/);
  // What became of it is written before its cordon is lifted.
  await until('it is given back', async () => (await seeAll(fleet)).every(isOpen));
  t.true((await seeAll(fleet)).every(isOpen), 'it was given back');
  await allow(fleet, { minAvailable: 1 });
  await drain(fleet, { policy: 'wait' });
  if (again === 'by-hand') await retry(t, fleet);
  const { exitCode, said, report } = await untilCertain(fleet);
  t.is(exitCode, 0, said);
  assertServed(t, report);
  await assertAllRun(t, fleet, { release, before });
}

const isOpen = ({ isCordoned }: { readonly isCordoned: boolean }): boolean => !isCordoned;

async function retry(t: ExecutionContext, { cluster }: NodeFleet): Promise<void> {
  const { exitCode, stderr } = await runKubeos(cluster, 'rollout', 'retry', 'fleet');
  t.is(exitCode, 0, stderr);
}

async function saysOfANode(fleet: NodeFleet, words: RegExp): Promise<void> {
  await until(
    `a node is said to wait: ${words.source}`,
    async () => {
      const told = await Promise.all(fleet.names.map(async (node) => await why(fleet, node)));
      return told.some((text) => words.test(text));
    },
    { boundMs: 60 * 60_000 },
  );
}

const patch = async ({ cluster }: NodeFleet, what: string, spec: object): Promise<unknown> =>
  await cluster.kubectl(['patch', what, '--type', 'merge', '-p', JSON.stringify({ spec })]);

const allow = async (fleet: NodeFleet, budget: object): Promise<unknown> =>
  await patch(fleet, 'pdb/web', budget);

const drain = async (fleet: NodeFleet, rules: object): Promise<unknown> =>
  await patch(fleet, 'os/fleet', { drain: rules });
