import test from 'ava';
import { startHostFleet } from './host-fleet.ts';
import { whyNoHostNodes } from './host-node-allowed.ts';
import { followsKubeosSample } from './journey/kubeos-sample.ts';
import { upgradesWithoutOperator } from './journey/local.ts';

test("two nodes are upgraded by a command in place of the operator, and follow KubeOS's own object", async (t) => {
  t.timeout(60 * 60_000);
  const why = await whyNoHostNodes();
  if (why !== null) {
    t.log(`not looked at: nodes cannot run on this host: ${why}`);
    t.pass();
    return;
  }
  await using fleet = await startHostFleet();
  const set = ['allowUnsigned=true', 'etc.named=[KubeOS/certs]', 'root.verity=false'];
  await upgradesWithoutOperator(t, fleet, await fleet.release('2.0.0', { set, bases: 1 }));
  await followsKubeosSample(t, fleet, '2.0.0');
});
