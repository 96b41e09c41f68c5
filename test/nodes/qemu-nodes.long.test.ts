import test from 'ava';
import { goesBack } from './journey/back.ts';
import { stopsAtBroken } from './journey/broken.ts';
import { upgradesBoth } from './journey/upgrade.ts';
import { onQemuFleet } from './qemu-fleet.ts';

// One after the other on the same machines: under emulation each takes minutes.
test('two real nodes are upgraded one at a time, stop at releases that are broken, take the mended one, and go back', async (t) => {
  t.timeout(12 * 60 * 60_000);
  await onQemuFleet(t, async (fleet) => {
    const two = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
    await upgradesBoth(t, fleet, two);
    const broken = await fleet.release('3.0.0', { definition: 'broken.yaml' });
    await stopsAtBroken(t, fleet, broken);
    const mended = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=9'] });
    await upgradesBoth(t, fleet, mended);
    await goesBack(t, fleet, two);
    const panicking = await fleet.release('5.0.0', { definition: 'panicking.yaml' });
    await stopsAtBroken(t, fleet, panicking);
  });
});
