import test from 'ava';
import { onHostFleet } from './host-fleet.ts';
import { followsKubeosSample } from './journey/kubeos-sample.ts';
import { upgradesWithoutOperator } from './journey/local.ts';

test("two nodes are upgraded by a command in place of the operator, and follow KubeOS's own object", async (t) => {
  t.timeout(4 * 60 * 60_000);
  await onHostFleet(t, async (fleet) => {
    const set = ['allowUnsigned=true', 'etc.named=[KubeOS/certs]', 'root.verity=false'];
    await upgradesWithoutOperator(t, fleet, await fleet.release('2.0.0', { set, bases: 1 }));
    await followsKubeosSample(t, fleet, '2.0.0');
  });
});
