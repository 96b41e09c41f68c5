import test from 'ava';
import { assertSound, hasSame, persistText } from './disk-afterwards.ts';
import { readSlots } from './disk-surgery.ts';
import { bootGuest, BOOT_TIMEOUT_MS, buildTestbed } from './testbed.ts';

test('with etc: mutable all of /etc lasts, and what shadows the image is listed', async (t) => {
  await using testbed = await buildTestbed('etc=mutable');
  const disk = await testbed.copyDisk('mutable.raw');
  {
    await using guest = await bootGuest(disk, 'bios');
    t.regex(guest.machine.serial(), /initramfs: root is \/dev\/vda2, slot A, verified/);
    t.is((await guest.shell.run('echo any > /etc/unnamed; echo mine > /etc/issue')).exitCode, 0);
    await guest.powerOff();
  }
  await assertSound(disk);
  t.is(await persistText(disk, '/kubeos/etc/upper/unnamed'), 'any');
  t.is(await persistText(disk, '/kubeos/etc/upper/issue'), 'mine');
  await using guest = await bootGuest(disk, 'bios');
  t.is((await guest.shell.run('cat /etc/unnamed /etc/issue')).output, 'any\nmine');
  t.regex((await guest.shell.run('cat /run/kubeos/etc-shadowed')).output, /issue/);
  // getty shows /etc/issue: the node's, and not the image's.
  await t.notThrowsAsync(guest.machine.waitFor(/^mine\s[^]*login: /m, BOOT_TIMEOUT_MS));
  await guest.powerOff();
  await assertSound(disk);
  t.true(await hasSame('root-a', disk, testbed.disk));
  t.true((await readSlots(disk)).A.ok);
  t.is(await persistText(disk, '/kubeos/etc/upper/unnamed'), 'any');
});
