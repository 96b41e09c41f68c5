import test from 'ava';
import { bootGuest, buildTestbed } from './testbed.ts';

test('with etc: mutable all of /etc lasts, and what shadows the image is listed', async (t) => {
  await using testbed = await buildTestbed('etc=mutable');
  const disk = await testbed.copyDisk('mutable.raw');
  {
    await using guest = await bootGuest(disk, 'bios');
    t.is((await guest.shell.run('echo any > /etc/unnamed; echo mine > /etc/issue')).exitCode, 0);
    await guest.powerOff();
  }
  await using guest = await bootGuest(disk, 'bios');
  t.is((await guest.shell.run('cat /etc/unnamed /etc/issue')).output, 'any\nmine');
  t.regex((await guest.shell.run('cat /run/kubeos/etc-shadowed')).output, /issue/);
  await guest.powerOff();
});
