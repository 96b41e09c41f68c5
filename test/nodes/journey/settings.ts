import type { ExecutionContext } from 'ava';
import { until } from '../../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../fleet.ts';
import { begin, untilCertain } from './roll.ts';
import { assertAllRun, seeAll } from './upgrade.ts';

/** Settings of kernel and kubelet of both nodes by KubeOS's own object (`opstype: config`), without a restart. */
export async function takesSettings(t: ExecutionContext, fleet: NodeFleet): Promise<void> {
  const before = await seeAll(fleet);
  const configs = [
    { model: 'kernel.sysctl', contents: [{ key: 'vm.swappiness', value: '33' }] },
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 64 }] },
  ];
  const sysconfigs = { version: 's1', configs };
  await patch(fleet, { opstype: 'config', maxunavailable: 1, sysconfigs });
  await until('both nodes have the settings', async () => await haveThem(fleet), {
    boundMs: 60 * 60_000,
  });
  const after = await seeAll(fleet);
  t.deepEqual(
    after.map(({ bootId }) => bootId),
    before.map(({ bootId }) => bootId),
  );
  // For whoever asks for a release next.
  await patch(fleet, { opstype: 'upgrade' });
}

async function haveThem({ cluster, names, onNode }: NodeFleet): Promise<boolean> {
  for (const node of names) {
    const capacity = ['get', 'node', node, '-o', 'jsonpath={.status.capacity.pods}'];
    if ((await cluster.kubectl(capacity)).stdout !== '64') return false;
    if ((await onNode(node, 'cat /proc/sys/vm/swappiness')).trim() !== '33') return false;
  }
  return true;
}

/** An argument of the kernel for the slot that boots next, with an upgrade (`upgradeconfigs`): on trial with it, then kept. */
export async function takesKernelArgument(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const contents = [{ key: 'loglevel', value: '5' }];
  const configs = [{ model: 'grub.cmdline.next', contents }];
  await patch(fleet, { opstype: 'upgrade', upgradeconfigs: { version: 'u1', configs } });
  await begin(fleet, '--release', release);
  const { exitCode, said } = await untilCertain(fleet);
  t.is(exitCode, 0, said);
  await assertAllRun(t, fleet, { release, before });
  for (const node of fleet.names) {
    t.regex(await fleet.onNode(node, 'cat /proc/cmdline'), /\bloglevel=5\b/, node);
  }
}

async function patch({ cluster }: NodeFleet, spec: object): Promise<void> {
  const args = ['patch', 'os/fleet', '--type', 'merge', '-p', JSON.stringify({ spec })];
  await cluster.kubectl(args);
}
