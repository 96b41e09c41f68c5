import type { ExecutionContext } from 'ava';
import { z } from 'zod';
import { until } from '../../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../fleet.ts';
import { seeInstance, seeNode, type SeenNode } from '../look.ts';
import { roll, why } from './roll.ts';
import { assertRuns, assertServed, digestOf, seeAll } from './upgrade.ts';

/**
 * A release that never gets well: the first node falls back by itself, the rollout halts and says what to do, the digest is
 * quarantined, the other node is as it was.
 */
export async function stopsAtBroken(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const ran = await bootedOn(fleet);
  const { exitCode, said, report } = await roll(fleet, '--release', release);
  t.is(exitCode, 8, said);
  const fell = report.nodes.filter(({ state }) => state === 'fell-back').map(({ node }) => node);
  t.is(fell.length, 1, JSON.stringify(report.nodes));
  assertServed(t, report);
  // Certain is how the rollout ends as soon as the node says so; its kubelet, and who gives the node back, come after that.
  const areGivenBack = async (): Promise<boolean> => (await seeAll(fleet)).every(isGivenBack);
  await until('all nodes are given back', areGivenBack, { boundMs: 20 * 60_000 });
  for (const [index, node] of fleet.names.entries()) {
    const seen = await seeNode(fleet.cluster, node);
    t.true(isGivenBack(seen), node);
    if (!fell.includes(node)) t.is(before[index]?.bootId, seen.bootId, `${node} is untouched`);
    else t.not(before[index]?.bootId, seen.bootId, `${node} has tried it`);
    await assertRuns(t, fleet, { node, digest: ran[index] ?? '' });
  }
  const told = await why(fleet, fell[0] ?? '');
  t.regex(
    told,
    /did not make it: .*\n {2}next: .*`kubeos rollout retry fleet`.*`kubeos rollout rollback fleet`/,
  );
  t.true((await quarantined(fleet)).includes(digestOf(release)), 'quarantined');
}

async function bootedOn({ cluster, names }: NodeFleet): Promise<readonly string[]> {
  const instances = names.map(async (node) => await seeInstance(cluster, node));
  return (await Promise.all(instances)).map(({ status }) => status.booted?.digest ?? '');
}

const isGivenBack = ({ isReady, isCordoned }: SeenNode): boolean => isReady && !isCordoned;

const osSchema = z.object({
  status: z.object({ failedReleases: z.array(z.object({ digest: z.string() })).default([]) }),
});

async function quarantined({ cluster }: NodeFleet): Promise<readonly string[]> {
  const { stdout } = await cluster.kubectl(['get', 'os', 'fleet', '-o', 'json']);
  return osSchema.parse(JSON.parse(stdout)).status.failedReleases.map(({ digest }) => digest);
}
