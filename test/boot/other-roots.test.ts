import test from 'ava';
import { bootGuest, buildTestbed } from './testbed.ts';

const CASES = [
  {
    title: 'Debian 12 on squashfs',
    set: ['base.suite=bookworm', 'root.fileSystem=squashfs'],
    firmware: 'bios',
  },
  { title: 'Debian 13 on erofs', set: ['root.fileSystem=erofs'], firmware: 'uefi' },
] as const;

for (const { title, set, firmware } of CASES) {
  test(`${title} boots read-only under ${firmware}`, async (t) => {
    await using testbed = await buildTestbed(...set);
    await using guest = await bootGuest(await testbed.copyDisk('disk.copy.raw'), firmware);
    const { shell } = guest;
    t.is((await shell.run('systemctl is-system-running --wait')).output, 'running');
    const fileSystem = set.at(-1)?.split('=')[1] ?? '';
    t.is((await shell.run('findmnt -no FSTYPE /')).output, fileSystem);
    t.not((await shell.run('touch /usr/x')).exitCode, 0);
    t.is((await shell.run('touch /persist/x /var/x /etc/x')).exitCode, 0);
    await guest.powerOff();
  });
}
