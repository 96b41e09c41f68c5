import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { loadAll } from 'js-yaml';
import { z } from 'zod';
import { packRoot } from '../../agent/root-tar/pack-root.ts';
import { originOf, serveFiles } from '../../release/fetch/origin.ts';
import type { NodeFleet } from '../fleet.ts';
import { HOST_ADDRESS } from '../../../src/demo/nodes/node-cluster.ts';
import { numbered, readPartitions } from '../read-partitions.ts';
import { untilCertain } from './roll.ts';
import { assertAllRun, assertServed, seeAll } from './upgrade.ts';

const SAMPLES = new URL('../../../fixtures/kubeos-samples/os.yaml', import.meta.url);
const NAME = 'os-by-disk-image';

/**
 * KubeOS's own OS object, as its documentation has it, with an address and a checksum of ours: a plain tar, for which there is
 * no signature. The nodes run a release that allows it.
 *
 * @param built version of a release whose root file system becomes the tar
 */
export async function followsKubeosSample(
  t: ExecutionContext,
  fleet: NodeFleet,
  built: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const served = path.join(fleet.folder, 'served');
  const disk = fleet.built(built);
  const { offset } = numbered(await readPartitions(disk), 2);
  const checksum = await packRoot({ disk, offset }, served);
  await using origin = await originOf(serveFiles(served));
  const port = Number(new URL(origin.url).port);
  await fleet.relay(port);
  const sample = await readSample();
  const imageurl = `http://${HOST_ADDRESS}:${port}/kubeos.tar`;
  // Plain http, which has to be said.
  const spec = { ...sample.spec, imageurl, checksum, flagSafe: true, mtls: false };
  await fleet.cluster.kubectl(['delete', 'os', 'fleet']);
  await fleet.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ ...sample, spec }) });
  const { exitCode, said, report } = await untilCertain(fleet, NAME);
  t.is(exitCode, 0, said);
  assertServed(t, report);
  await assertAllRun(t, fleet, { release: `${spec.osversion}@sha256:${checksum}`, before });
  // Another object that means the same nodes would not be acted upon.
  await fleet.cluster.kubectl(['delete', 'os', NAME]);
}

const sampleSchema = z.looseObject({
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({ osversion: z.string() }),
});

async function readSample(): Promise<z.infer<typeof sampleSchema>> {
  const found = loadAll(await readFile(SAMPLES, 'utf8'))
    .map((one) => sampleSchema.parse(one))
    .find(({ metadata }) => metadata.name === NAME);
  if (found === undefined) throw new Error(`no sample ${NAME}`);
  return found;
}
