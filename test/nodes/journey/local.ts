import type { ExecutionContext } from 'ava';
import type { NodeFleet } from '../fleet.ts';
import { roll } from './roll.ts';
import { assertAllRun, assertServed, seeAll } from './upgrade.ts';

const OPERATOR = 'deployment/kubeos-operator';

/** No operator in the cluster: the command is one for as long as it waits; the proxies are where they were. */
export async function upgradesWithoutOperator(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  await scale(fleet, 0);
  const { exitCode, said, report } = await roll(fleet, '--local', '--release', release);
  t.is(exitCode, 0, said);
  assertServed(t, report);
  await assertAllRun(t, fleet, { release, before });
  await scale(fleet, 2);
}

async function scale({ cluster: { kubectl } }: NodeFleet, replicas: number): Promise<void> {
  const inNamespace = ['--namespace', 'kubeos-system'];
  await kubectl([...inNamespace, 'scale', OPERATOR, `--replicas=${replicas}`]);
  await kubectl([...inNamespace, 'rollout', 'status', OPERATOR, '--timeout=20m']);
}
