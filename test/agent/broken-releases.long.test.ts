import path from 'node:path';
import test from 'ava';
import { damageFile, readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, bootUntilReset, type Guest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilSaid } from './agent-scene.ts';

const DEADLINE = { set: ['health.readySeconds=400'] };

/** The status once the agent has asked what the failed trial left behind. */
async function explainedStatus(guest: Guest, words: string): Promise<string> {
  await untilSaid(guest, words);
  return await agent(guest, 'status');
}

async function tryNext(guest: Guest, version: string): Promise<void> {
  await agent(guest, `prepare ${version}`);
  await agent(guest, 'activate');
  await restart(guest);
}

test('releases that hang in the initramfs or in userland, crash their agent, lack it or are damaged end on the old one, with the reason', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0', { set: ['watchdog.when=always'] });
  const hanging = await scene.release('2.0.0', { ...DEADLINE, definition: 'broken.yaml' });
  const mute = await scene.release('3.0.0', { ...DEADLINE, definition: 'without-agent.yaml' });
  const disk = scene.disk('1.0.0');
  const variables = path.join(scene.directory, 'variables.fd');
  const machine = { network: true, variables };
  const broken = async (how: string): Promise<string> => {
    const extraArguments = ['-smbios', `type=1,serial=${how}`, '-device', 'i6300esb'];
    return await bootUntilReset(disk, 'uefi', { variables, extraArguments });
  };
  {
    await using guest = await bootGuest(disk, 'uefi', machine);
    // Committed, and watched because its definition says so: systemd has taken the watchdog over.
    const show = 'systemctl show --property=RuntimeWatchdogUSec --value';
    t.is((await guest.shell.run(show)).output, '1min');
    t.is((await guest.shell.run('cat /sys/class/watchdog/watchdog0/state')).output, 'active');
    t.regex(await agent(guest, 'status'), /\nwatchdog: the kernel's own; /);
    t.log(await agent(guest, 'health'));
    // Who blocks a shutdown is respected.
    await guest.shell.run('systemd-inhibit --what=shutdown --mode=block sleep 86400 &');
    await guest.shell.run('until systemd-inhibit --list | grep -q sleep; do sleep 1; done');
    await t.throwsAsync(agent(guest, 'reboot'), { message: /systemd does not restart/ });
    await guest.shell.run('pkill -x sleep');
    await tryNext(guest, '2.0.0');
  }
  const stuck = await broken('initramfs');
  t.regex(stuck, /slot B on trial, 2 tries left[^]*still in the initramfs after 400 s: restarting/);
  t.regex(stuck, /Kernel panic/);
  const crashing = await broken('crashing');
  t.regex(crashing, /slot B on trial, 1 tries left[^]*handing over to \/sbin\/init/);
  t.notRegex(crashing, /Kernel panic/);
  const userland = await broken('userland');
  t.regex(userland, /slot B on trial, 0 tries left[^]*handing over to \/sbin\/init/);
  t.notRegex(userland, /Kernel panic/);
  {
    await using guest = await bootGuest(disk, 'uefi', machine);
    const status = await explainedStatus(guest, 'does not run 400 s');
    t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
    t.regex(status, new RegExp(`failed here: ${hanging} \\(the agent does not run 400 s after`));
    t.regex(status, /hang-by-order\.service +start +running/);
    t.regex(status, /kubeos-agent\.service +start +waiting/);
    await tryNext(guest, '3.0.0');
  }
  const missing = await broken('none');
  t.regex(missing, /slot B on trial, 2 tries left[^]*handing over to \/sbin\/init/);
  await damageFile(disk, 'root-b', '/usr/lib/systemd/systemd');
  for (const triesLeft of [1, 0]) {
    const damaged = await broken('none');
    t.regex(damaged, new RegExp(`slot B on trial, ${triesLeft} tries left`));
    t.regex(damaged, /verity.* corrupted[^]*Kernel panic/);
  }
  await using guest = await bootGuest(disk, 'uefi', machine);
  const status = await explainedStatus(guest, 'Kernel panic');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`failed here: ${mute} \\(Kernel panic - not syncing: .*corrupted`));
  t.regex(status, /kubeos-trial\[\d+\]: the agent does not run 400 s after/);
  t.log(status);
  const committed = { ok: true, tries: 0 };
  const failed = { ok: false, tries: 0 };
  t.deepEqual(await readSlots(disk), { order: 'A B', A: committed, B: failed });
  await guest.powerOff();
});
