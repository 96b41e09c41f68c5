import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { stopsAtBroken, upgradesBoth } from './journey.ts';
import { startQemuFleet } from './qemu-fleet.ts';

test('two real nodes are upgraded one at a time, stop at a release whose kubelet never starts, and take the mended one', async (t) => {
  t.timeout(2 * 60 * 60_000);
  await using scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-journey-'));
  const folder = scratch.path;
  await using fleet = await startQemuFleet();
  const two = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
  await upgradesBoth(t, fleet, { release: two, folder });
  const broken = await fleet.release('3.0.0', { definition: 'broken.yaml' });
  await stopsAtBroken(t, fleet, { release: broken, folder });
  const mended = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=9'] });
  await upgradesBoth(t, fleet, { release: mended, folder });
});
