import test from 'ava';
import { waitsForBudget } from './journey/budget.ts';
import { outlivesPowerCuts } from './journey/outages.ts';
import { takesKernelArgument, takesSettings } from './journey/settings.ts';
import { onQemuFleet } from './qemu-fleet.ts';

test('two real nodes outlive power cuts, wait for a budget, and take settings and a kernel argument', async (t) => {
  t.timeout(12 * 60 * 60_000);
  await onQemuFleet(t, async (fleet) => {
    const two = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
    await outlivesPowerCuts(t, fleet, two);
    await takesSettings(t, fleet);
    const three = await fleet.release('3.0.0', { set: ['sysctl.vm.swappiness=9'] });
    await waitsForBudget(t, fleet, { release: three, again: 'by-itself' });
    const four = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=10'] });
    await takesKernelArgument(t, fleet, four);
  });
});
