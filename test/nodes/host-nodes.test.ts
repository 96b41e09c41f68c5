import test from 'ava';
import { onHostFleet } from './host-fleet.ts';
import { goesBack } from './journey/back.ts';
import { stopsAtBroken } from './journey/broken.ts';
import { waitsForBudget } from './journey/budget.ts';
import { outlivesItsOperators, outlivesPowerCuts } from './journey/outages.ts';
import { takesSettings } from './journey/settings.ts';
import { upgradesBoth } from './journey/upgrade.ts';

// One after the other on the same nodes: an image takes longer to build than all nodes to be upgraded. By a delta pack the
// first time; then nodes fetch what they have not, block by block, as packs of images of this size take a minute each.
test('two nodes are upgraded one at a time, stop at a broken release, take the mended one while operators are killed, go back, wait for a budget, outlive power cuts, and take settings', async (t) => {
  t.timeout(4 * 60 * 60_000);
  await onHostFleet(t, async (fleet) => {
    const two = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
    await upgradesBoth(t, fleet, two);
    const soon = ['health.deadlineSeconds=20'];
    const broken = { definition: 'broken.yaml', set: soon, bases: 0 };
    await stopsAtBroken(t, fleet, await fleet.release('3.0.0', broken));
    const mended = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=9'], bases: 0 });
    await outlivesItsOperators(t, fleet, mended);
    await goesBack(t, fleet, two);
    const five = await fleet.release('5.0.0', { set: ['sysctl.vm.swappiness=10'], bases: 0 });
    await waitsForBudget(t, fleet, { release: five, again: 'by-hand' });
    const six = await fleet.release('6.0.0', { set: ['sysctl.vm.swappiness=11'], bases: 0 });
    await outlivesPowerCuts(t, fleet, six);
    await takesSettings(t, fleet);
  });
});
