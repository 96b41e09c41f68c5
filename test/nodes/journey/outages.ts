import type { ExecutionContext } from 'ava';
import { until } from '../../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../fleet.ts';
import type { OsInstance } from '../../../src/rollout/api/os-instance.ts';
import { seeInstances } from '../look.ts';
import { begin, untilCertain } from './roll.ts';
import { assertAllRun, seeAll } from './upgrade.ts';

const PATIENCE_MS = 60 * 60_000;

/** Five points of a node's run at which the operators are killed. */
const POINTS = ['preparing', 'prepared', 'draining', 'rebooting', 'verifying'] as const;

/** Both operators at once, at five points of a rollout, and the API server in between: it ends as it should. */
export async function outlivesItsOperators(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const met: string[] = [];
  await begin(fleet, '--release', release);
  const ending = untilCertain(fleet);
  for (const point of POINTS) {
    if ((await comesTo(fleet, point, ending)) === null) continue;
    met.push(point);
    await killOperators(fleet);
    if (point !== 'prepared') continue;
    await fleet.cluster.stopApiServer();
    await fleet.cluster.startApiServer();
    await untilOperatorsAreBack(fleet);
  }
  const { exitCode, said } = await ending;
  t.is(exitCode, 0, said);
  t.deepEqual(met, [...POINTS], 'where a node was when its operators were killed');
  await assertAllRun(t, fleet, { release, before });
}

const CUTS = ['preparing', 'rebooting', 'verifying'] as const;

/** Power is cut while a node writes, while it boots, and while it is on trial. */
export async function outlivesPowerCuts(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  await begin(fleet, '--release', release);
  const ending = untilCertain(fleet);
  const met: string[] = [];
  for (const phase of CUTS) {
    const node = await comesTo(fleet, phase, ending);
    if (node === null) continue;
    met.push(phase);
    t.log(`power of ${node} is cut while it is ${phase}`);
    await fleet.cutPower(node);
  }
  const { exitCode, said } = await ending;
  t.deepEqual(met, [...CUTS]);
  t.is(exitCode, 0, said);
  await assertAllRun(t, fleet, { release, before });
}

/** @returns the node that is there first; null where the rollout ends before */
async function comesTo(
  fleet: NodeFleet,
  point: string,
  ending: Promise<unknown>,
): Promise<string | null> {
  let isOver = false;
  let found: string | null = null;
  void ending.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  const isThere = async (): Promise<boolean> => {
    const instances = await seeInstances(fleet.cluster);
    found = instances.find((instance) => isAt(instance, point))?.metadata.name ?? null;
    return isOver || found !== null;
  };
  await until(`a node is ${point}`, isThere, { boundMs: PATIENCE_MS });
  return found;
}

/** By what the node says of this run, but for its drain, which is the operator's. */
function isAt({ spec: { run }, status }: OsInstance, point: string): boolean {
  if (run === null || status.run?.id !== run.id) return false;
  return point === 'draining' ? run.allowed === 'drain' : status.run.phase === point;
}

/**
 * Pods that are made and deleted while its watch is away are waited for by the ReplicaSet controller, which makes no others
 * (https://github.com/kubernetes/kubernetes/issues/129795): after an outage the next ones are killed once it has seen them.
 */
async function untilOperatorsAreBack({ cluster }: NodeFleet): Promise<void> {
  const deployment = ['deployment/kubeos-operator', '-n', 'kubeos-system'];
  await cluster.kubectl(['rollout', 'status', ...deployment, '--timeout=20m']);
}

async function killOperators({ cluster }: NodeFleet): Promise<void> {
  const named = ['-n', 'kubeos-system', '-l', 'app.kubernetes.io/name=kubeos-operator'];
  const atOnce = ['--force', '--grace-period=0', '--wait=false'];
  const { stdout } = await cluster.kubectl(['delete', 'pods', ...named, ...atOnce]);
  if (!/^pod ".*" force deleted/m.test(stdout))
    throw new Error(`no operator was killed: ${stdout}`);
}
