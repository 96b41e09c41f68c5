import test from 'ava';
import { assertSound, hasSame, persistText } from './disk-afterwards.ts';
import { readSlots } from './disk-surgery.ts';
import { bootGuest, BOOT_TIMEOUT_MS, buildTestbed } from './testbed.ts';

/** Files with an owner and a capability, of fixtures/images/testbed. */
const KEPT = '/usr/lib/kubeos-test';

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
    const disk = await testbed.copyDisk('disk.copy.raw');
    await using guest = await bootGuest(disk, firmware);
    const { shell, machine } = guest;
    t.is((await shell.run('systemctl is-system-running --wait')).output, 'running');
    const fileSystem = set.at(-1)?.split('=')[1] ?? '';
    t.is((await shell.run('findmnt -no FSTYPE /')).output, fileSystem);
    t.not((await shell.run('touch /usr/x')).exitCode, 0);
    t.is((await shell.run('echo kept | tee /persist/x /var/x /etc/x')).exitCode, 0);
    t.is(
      (await shell.run(`cd ${KEPT} && stat -c "%u:%g" odd-owner && getcap capable`)).output,
      '4242:4343\ncapable cap_net_raw=ep',
    );
    await machine.waitFor(/login: /, BOOT_TIMEOUT_MS);
    await guest.powerOff();
    t.regex(machine.serial(), /kubeos: booting slot A, version 1\.0\.0/);
    t.regex(machine.serial(), /initramfs: root is \/dev\/vda2, slot A, verified/);
    await assertSound(disk);
    t.true(await hasSame('root-a', disk, testbed.disk));
    t.true((await readSlots(disk)).A.ok);
    t.is(await persistText(disk, '/x'), 'kept');
    t.is(await persistText(disk, '/var/x'), 'kept');
  });
}
