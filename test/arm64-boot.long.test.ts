import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { putOnTrialInB, readSlots } from './boot/disk-surgery.ts';
import { bootGuest, BOOT_TIMEOUT_MS, kubeos, type Guest } from './boot/testbed.ts';

const outputOf = async ({ shell }: Guest, line: string) => (await shell.run(line)).output;

test('an arm64 image is built on any host, boots read-only, and takes its other slot on trial', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-arm64-');
  const definition = 'fixtures/images/arm64/kubeos.yaml';
  await kubeos('build', definition, '--out', directory.path, '--quiet');
  const disk = path.join(directory.path, 'disk.raw');

  // Nothing says that it is arm64 but the disk, and nothing of this boot stays on it.
  t.regex(await kubeos('boot', disk, '--until-login'), /localhost login:/);

  {
    await using guest = await bootGuest(disk, 'uefi', { arch: 'arm64' });
    await guest.machine.waitFor(/login: /, BOOT_TIMEOUT_MS);
    t.is(await outputOf(guest, 'uname -m; cat /usr/lib/kubeos-test-script'), 'aarch64\naarch64');
    t.regex(await outputOf(guest, 'cat /proc/cmdline'), /kubeos\.slot=A .*console=ttyAMA0,115200/);
    t.is(
      await outputOf(guest, 'systemctl is-system-running --wait; systemctl --failed --no-legend'),
      'running',
    );
    for (const line of ['touch /x', 'touch /usr/x', 'mount -o remount,rw / && touch /x']) {
      t.not((await guest.shell.run(line)).exitCode, 0, line);
    }
    t.is(await outputOf(guest, 'echo kept > /var/lib/kept'), '');
    await guest.powerOff();
  }

  await putOnTrialInB(disk, 3);
  await using guest = await bootGuest(disk, 'uefi', { arch: 'arm64' });
  t.regex(guest.machine.serial(), /slot B on trial, 2 tries left/);
  t.regex(await outputOf(guest, 'cat /proc/cmdline'), /kubeos\.slot=B /);
  t.is(await outputOf(guest, 'cat /var/lib/kept'), 'kept');
  await guest.powerOff();
  t.is((await readSlots(disk)).B.tries, 2);
});
