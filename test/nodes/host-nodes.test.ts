import test from 'ava';
import { startHostFleet } from './host-fleet.ts';
import { whyNoHostNodes } from './host-node-allowed.ts';
import { upgradesBoth } from './journey/upgrade.ts';

test('two Kubernetes nodes boot from their image, join, and are upgraded one at a time, with an endpoint Ready at every moment', async (t) => {
  t.timeout(30 * 60_000);
  const why = await whyNoHostNodes();
  if (why !== null) {
    t.log(`nodes cannot run on this host: ${why}`);
    t.pass();
    return;
  }
  await using fleet = await startHostFleet();
  await upgradesBoth(t, fleet, await fleet.release('2.0.0'));
});
