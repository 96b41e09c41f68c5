import type { ExecutionContext } from 'ava';
import { until } from '../../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../fleet.ts';
import { seeAll } from './upgrade.ts';

/** Kernel settings of both nodes by KubeOS's own object (`opstype: config`), without a restart. */
export async function takesSettings(t: ExecutionContext, fleet: NodeFleet): Promise<void> {
  const before = await seeAll(fleet);
  const contents = [{ key: 'vm.swappiness', value: '33' }];
  const spec = {
    ...{ opstype: 'config', maxunavailable: 1 },
    sysconfigs: { version: 's1', configs: [{ model: 'kernel.sysctl', contents }] },
  };
  const patch = JSON.stringify({ spec });
  await fleet.cluster.kubectl(['patch', 'os/fleet', '--type', 'merge', '-p', patch]);
  const have = async (): Promise<boolean> => {
    const values: string[] = [];
    for (const node of fleet.names) {
      values.push(await fleet.onNode(node, 'cat /proc/sys/vm/swappiness'));
    }
    return values.every((value) => value.trim() === '33');
  };
  await until('both nodes have the setting', have, 10 * 60_000);
  const after = await seeAll(fleet);
  t.deepEqual(
    after.map(({ bootId }) => bootId),
    before.map(({ bootId }) => bootId),
  );
}
