import test from 'ava';
import { startHostFleet } from './host-fleet.ts';
import { whyNoHostNodes } from './host-node-allowed.ts';
import { goesBack } from './journey/back.ts';
import { stopsAtBroken } from './journey/broken.ts';
import { waitsForBudget } from './journey/budget.ts';
import { outlivesItsOperators, outlivesPowerCuts } from './journey/outages.ts';
import { takesSettings } from './journey/settings.ts';
import { upgradesBoth } from './journey/upgrade.ts';

// One after the other on the same nodes: an image takes longer to build than all nodes to be upgraded.
test('two nodes are upgraded one at a time, stop at a broken release, outlive killed operators and power cuts, go back, wait for a budget, and take settings', async (t) => {
  t.timeout(90 * 60_000);
  const why = await whyNoHostNodes();
  if (why !== null) {
    t.log(`nodes cannot run on this host: ${why}`);
    t.pass();
    return;
  }
  await using fleet = await startHostFleet();
  const two = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
  await upgradesBoth(t, fleet, two);
  const soon = ['health.deadlineSeconds=20'];
  const broken = await fleet.release('3.0.0', { definition: 'broken.yaml', set: soon });
  await stopsAtBroken(t, fleet, broken);
  const four = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=9'] });
  await outlivesItsOperators(t, fleet, four);
  await goesBack(t, fleet, two);
  const five = await fleet.release('5.0.0', { set: ['sysctl.vm.swappiness=10'] });
  await outlivesPowerCuts(t, fleet, five);
  const six = await fleet.release('6.0.0', { set: ['sysctl.vm.swappiness=11'] });
  await waitsForBudget(t, fleet, six);
  await takesSettings(t, fleet);
});
