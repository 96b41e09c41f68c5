import test from 'ava';
import { goesBack } from './journey/back.ts';
import { upgradesBySsh } from './journey/by-ssh.ts';
import { followsKubeosSample } from './journey/kubeos-sample.ts';
import { upgradesBoth } from './journey/upgrade.ts';
import { startQemuFleet } from './qemu-fleet.ts';

const ALLOWED = ['allowUnsigned=true', 'etc.named=[KubeOS/certs]', 'root.verity=false'];

test("two real nodes go to the next Debian and back over what it left, follow KubeOS's own object, and a command over SSH", async (t) => {
  t.timeout(3 * 60 * 60_000);
  await using fleet = await startQemuFleet();
  const open = await fleet.release('2.0.0', { set: ALLOWED });
  await upgradesBoth(t, fleet, open);
  const newer = await fleet.release('3.0.0', { definition: 'newer.yaml', set: ALLOWED, bases: 0 });
  await upgradesBoth(t, fleet, newer);
  await goesBack(t, fleet, open);
  await followsKubeosSample(t, fleet, '2.0.0');
  const four = await fleet.release('4.0.0', { set: ['sysctl.vm.swappiness=8'] });
  await upgradesBySsh(t, fleet, four);
});
