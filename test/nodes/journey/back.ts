import type { ExecutionContext } from 'ava';
import { runKubeos } from '../../rollout/run-kubeos.ts';
import type { NodeFleet } from '../fleet.ts';
import { untilCertain } from './roll.ts';
import { assertAllRun, assertServed, isOneAtATime, seeAll } from './upgrade.ts';

/** `kubeos rollout rollback`: both nodes go back to what they ran before, one at a time, and fetch nothing. */
export async function goesBack(
  t: ExecutionContext,
  fleet: NodeFleet,
  before: string,
): Promise<void> {
  const seen = await seeAll(fleet);
  const asked = await runKubeos(fleet.cluster, 'rollout', 'rollback', 'fleet');
  t.is(asked.exitCode, 0, asked.stderr);
  const { exitCode, said, report } = await untilCertain(fleet);
  t.is(exitCode, 9, said);
  t.log(JSON.stringify(report.nodes));
  assertServed(t, report);
  t.true(isOneAtATime(report), JSON.stringify(report.nodes));
  const fetched = report.nodes.flatMap(({ runs }) => runs.map(({ fetchedBytes }) => fetchedBytes));
  t.deepEqual(
    fetched.filter((bytes) => bytes !== null && bytes > 0),
    [],
  );
  await assertAllRun(t, fleet, { release: before, before: seen });
}
