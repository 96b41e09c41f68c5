import type { ExecutionContext } from 'ava';
import { until } from '../../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../fleet.ts';
import { seeInstance } from '../look.ts';
import { begin, untilCertain } from './roll.ts';
import { assertAllRun, seeAll } from './upgrade.ts';

const PATIENCE_MS = 20 * 60_000;

/** Phases of a node's run in which an operator is killed; each is met once. */
const PHASES = ['preparing', 'prepared', 'rebooting', 'verifying', 'committed'] as const;

/** Both operators at once, at five points of a rollout, and the API server in between: it ends as it should. */
export async function outlivesItsOperators(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const met = new Set<string>();
  await begin(fleet, '--release', release);
  const ending = untilCertain(fleet);
  for (const phase of PHASES) {
    if (!(await comesTo(fleet, phase, ending))) continue;
    met.add(phase);
    await killOperators(fleet);
    if (phase !== 'prepared') continue;
    await fleet.cluster.stopApiServer();
    await fleet.cluster.startApiServer();
  }
  const { exitCode, said } = await ending;
  t.is(exitCode, 0, said);
  t.log(`killed while a node was ${[...met].join(', ')}`);
  t.true(met.size >= 3, 'phases that are over in a moment may be missed');
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
  phase: string,
  ending: Promise<unknown>,
): Promise<string | null> {
  let isOver = false;
  let found: string | null = null;
  void ending.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  const isThere = async (): Promise<boolean> => {
    for (const node of fleet.names) {
      const { status } = await seeInstance(fleet.cluster, node);
      if (status.run?.phase === phase) found = node;
    }
    return isOver || found !== null;
  };
  await until(`a node is ${phase}`, isThere, { boundMs: PATIENCE_MS });
  return found;
}

async function killOperators({ cluster }: NodeFleet): Promise<void> {
  const named = ['-n', 'kubeos-system', '-l', 'app.kubernetes.io/name=kubeos-operator'];
  await cluster.kubectl([
    'delete',
    'pods',
    ...named,
    '--force',
    '--grace-period=0',
    '--wait=false',
  ]);
}
