import test from 'ava';
import { assertSound, hasSame } from './disk-afterwards.ts';
import {
  damageFile,
  putOnTrialInB,
  readBootFile,
  readSlots,
  writeBootFile,
} from './disk-surgery.ts';
import {
  bootGuest,
  BOOT_TIMEOUT_MS,
  bootUntilReset,
  buildTestbed,
  type Testbed,
} from './testbed.ts';

/** One image for all: each test boots and damages a copy of its own. */
let testbed: Testbed;

test.before(async () => {
  testbed = await buildTestbed();
});

test.after.always(async () => await testbed[Symbol.asyncDispose]());

test('a slot on trial whose root is damaged uses up its tries, then the other slot boots', async (t) => {
  const disk = await testbed.copyDisk('trial.raw');
  await putOnTrialInB(disk, 2);
  await damageFile(disk, 'root-b', '/usr/lib/systemd/systemd');
  for (const triesLeft of [1, 0] as const) {
    const console = await bootUntilReset(disk, 'bios');
    t.regex(console, new RegExp(`slot B on trial, ${triesLeft} tries left`));
    t.regex(console, /verity.* corrupted/);
    t.regex(console, /Kernel panic/);
    t.is((await readSlots(disk)).B.tries, triesLeft);
  }
  await using guest = await bootGuest(disk, 'bios');
  t.regex(guest.machine.serial(), /slot B has no tries left[^]*slot A is committed/);
  t.regex((await guest.shell.run('cat /proc/cmdline')).output, /kubeos\.slot=A/);
  t.deepEqual(await readSlots(disk), {
    order: 'B A',
    A: { ok: true, tries: 0 },
    B: { ok: false, tries: 0 },
  });
  await guest.powerOff();
  await assertSound(disk);
  t.true(await hasSame('root-a', disk, testbed.disk));
});

test('a slot on trial whose kernel is damaged is refused at once, and the other slot boots', async (t) => {
  const disk = await testbed.copyDisk('kernel.raw');
  await putOnTrialInB(disk, 3);
  await damageFile(disk, 'root-b', '/boot/vmlinuz');
  await using guest = await bootGuest(disk, 'uefi');
  t.regex(guest.machine.serial(), /slot B refused: kernel or initramfs damaged/);
  t.regex((await guest.shell.run('cat /proc/cmdline')).output, /kubeos\.slot=A/);
  await guest.powerOff();
  t.regex(guest.machine.serial(), /initramfs: root is \/dev\/vda2, slot A, verified/);
  await assertSound(disk);
  // The try was taken before the kernel was looked at, and only that one.
  t.deepEqual(await readSlots(disk), {
    order: 'B A',
    A: { ok: true, tries: 0 },
    B: { ok: false, tries: 2 },
  });
  t.true(await hasSame('root-a', disk, testbed.disk));
});

test('a garbage environment block still boots', async (t) => {
  const disk = await testbed.copyDisk('garbage.raw');
  const block = Buffer.alloc(1024, 'A_ok=;{}');
  await writeBootFile(disk, 'kubeos/grubenv', block);
  await using guest = await bootGuest(disk, 'bios');
  t.regex((await guest.shell.run('cat /proc/cmdline')).output, /kubeos\.slot=A/);
  const order = /no usable boot state, trying both slots[^]*slot A is committed[^]*login: /;
  await t.notThrowsAsync(guest.machine.waitFor(order, BOOT_TIMEOUT_MS));
  await guest.powerOff();
  await assertSound(disk);
  t.deepEqual(Buffer.from(await readBootFile(disk, 'kubeos/grubenv')), block);
  t.true(await hasSame('root-a', disk, testbed.disk));
});
