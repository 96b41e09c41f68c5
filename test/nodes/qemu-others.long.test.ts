import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { goesBack } from './journey/back.ts';
import { upgradesBySsh } from './journey/by-ssh.ts';
import { followsKubeosSample } from './journey/kubeos-sample.ts';
import { outlivesItsOperators } from './journey/outages.ts';
import { seeAll, takesBoth } from './journey/upgrade.ts';
import type { NodeFleet } from './fleet.ts';
import { OLDER, OLDER_KUBELET, prepareNodes } from './node-image.ts';
import { onQemuFleet } from './qemu-fleet.ts';

const ALLOWED = ['allowUnsigned=true', 'etc.named=[KubeOS/certs]', 'root.verity=false'];

test("two real nodes are upgraded while operators are killed, go to newer Debian and Kubernetes and back over what these left, follow KubeOS's own object, and a command over SSH", async (t) => {
  t.timeout(12 * 60 * 60_000);
  await onQemuFleet(t, async (fleet) => {
    const open = await withOlderKubelet(fleet);
    await outlivesItsOperators(t, fleet, open);
    await runKubelet(t, fleet, OLDER);
    const newer = await fleet.release('3.0.0', {
      definition: 'newer.yaml',
      set: ALLOWED,
      bases: 0,
    });
    await takesBoth(t, fleet, newer);
    await runKubelet(t, fleet, NEWER);
    await goesBack(t, fleet, open);
    await runKubelet(t, fleet, OLDER);
    await followsKubeosSample(t, fleet, '2.0.0');
    const four = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=8'] });
    await upgradesBySsh(t, fleet, four);
  });
});

const NEWER = '1.36.3';

/** The older kubelet is in the image alone: whatever was made to build it may go. */
async function withOlderKubelet(fleet: NodeFleet): Promise<string> {
  await using older = await prepareNodes({ kubelet: OLDER_KUBELET });
  const set = [...ALLOWED, `release.kubelet=${OLDER}`];
  return await fleet.release('2.0.0', { definition: path.join(older.folder, 'kubeos.yaml'), set });
}

async function runKubelet(t: ExecutionContext, fleet: NodeFleet, version: string): Promise<void> {
  const kubelets = (await seeAll(fleet)).map(({ kubelet }) => kubelet);
  t.deepEqual(
    kubelets,
    fleet.names.map(() => `v${version}`),
  );
}
