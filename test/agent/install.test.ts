import test from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { readBootFile, readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, commands } from '../boot/testbed.ts';
import { agent } from './agent-scene.ts';
import { buildInstallScene, install, tableOf } from './install-scene.ts';

const COMMITTED = { ok: true, tries: 0 };

test('a machine started from one disk installs itself to another, which boots alone under its own name; disks with data or in use, and what are no credentials, are refused', async (t) => {
  await using scene = await buildInstallScene();
  const target = await scene.makeDisk('target.raw');
  await commands.run({ tool: 'mkfs.ext4', args: ['-q', '-L', 'precious', target] });
  {
    await using guest = await bootGuest(scene.disk, 'uefi', { moreDisks: [{ file: target }] });
    const { shell } = guest;
    const listed = await install(guest);
    t.log(listed.output);
    t.regex(
      listed.output,
      /\/dev\/vda .*\n.*\n {2}install {3}no: \/dev\/vda is in use: the running/,
    );
    t.regex(listed.output, /holds {5}\/dev\/vdb: ext4 "precious"\n {2}install .*vdb --erase/);
    for (const [args, says] of [
      ['/dev/vda --erase', /\/dev\/vda is in use: the running system is on it/],
      ['/dev/vdb', /\/dev\/vdb is not empty: \/dev\/vdb: ext4 "precious"\nhint: .*--erase/],
    ] as const) {
      const { output, exitCode } = await install(guest, args);
      t.is(exitCode, 8, output);
      t.regex(output, says);
    }
    await shell.run('mkdir -p /run/precious && mount /dev/vdb /run/precious');
    t.regex((await install(guest, '/dev/vdb --erase')).output, /mounted on \/run\/precious/);
    await shell.run('umount /run/precious');
    await shell.run('mkdir /run/node && cd /run/node && echo node-7 >system.hostname && cd /');
    await shell.run('echo "f /run/secret 0600 root root - hush" >/run/node/tmpfiles.extra');
    const faulty = await install(guest, '/dev/vdb --erase --credentials /run/node');
    t.is(faulty.exitCode, 2, faulty.output);
    t.regex(faulty.output, /system\.hostname: no host name: .* no newline behind it/);
    await shell.run('printf node-7 >/run/node/system.hostname');
    const dry = await install(guest, '/dev/vdb --erase --credentials /run/node --dry-run');
    t.regex(dry.output, /4 PERSIST +1726 MiB/);
    t.regex(dry.output, /^credentials: system\.hostname, tmpfiles\.extra$/m);
    t.notRegex(dry.output, /hush/);
    t.is((await shell.run('blkid -o value -s LABEL -p /dev/vdb')).output, 'precious');
    const done = await install(guest, '/dev/vdb --erase --credentials /run/node');
    t.log(done.output);
    t.is(done.exitCode, 0, done.output);
    t.regex(done.output, /erased: \/dev\/vdb: ext4 "precious"/);
    t.regex((await install(guest)).output, /vdb: partition table \(gpt\), .*vdb4: ext4 "PERSIST"/);
    await guest.powerOff();
  }
  const [image, installed] = [await tableOf(scene.disk), await tableOf(target)];
  t.not(installed?.diskGuid, image?.diskGuid);
  for (const number of [1, 2, 3, 4]) {
    t.not(installed?.entries.get(number)?.guid, image?.entries.get(number)?.guid);
  }
  {
    await using guest = await bootGuest(target, 'uefi');
    t.regex(await agent(guest, 'status'), /^slot A runs {2}1\.0\.0 {2}good {2}sha256:/);
    t.is((await guest.shell.run('cat /run/kubeos/persist-state')).output, 'writable');
    t.regex((await guest.shell.run('df -m --output=size /persist | tail -1')).output, /1[67]\d\d/);
    t.is((await guest.shell.run('hostname; cat /run/secret')).output, 'node-7\nhush');
    t.is((await guest.shell.run('systemctl is-system-running --wait')).output, 'running');
    t.notRegex(guest.machine.serial(), /PERSIST on .* before/);
    await guest.powerOff();
  }
  await assertSound(target);
  const name = await readBootFile(target, 'kubeos/credentials/system.hostname');
  t.is(Buffer.from(name).toString(), 'node-7');
  t.deepEqual(await readSlots(target), {
    ...{ order: 'A B', A: COMMITTED, B: { ok: false, tries: 0 } },
  });
});
