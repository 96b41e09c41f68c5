import test from 'ava';
import { z } from 'zod';
import { writeOemStrings } from '../../src/builder/boot/write-oem-strings.ts';
import { assertSound, hasSame, persistText } from './disk-afterwards.ts';
import { readSlots, writeCredentials } from './disk-surgery.ts';
import { bootGuest, BOOT_TIMEOUT_MS, buildTestbed, commands, type Guest } from './testbed.ts';

test('a fresh disk boots under UEFI read-only, grows persist, keeps what is named, and takes what it is from BOOT and from its machine', async (t) => {
  await using testbed = await buildTestbed();
  const disk = await testbed.copyDisk('fresh.raw', 1024);
  let machineId = '';
  {
    await using guest = await bootGuest(disk, 'uefi');
    const { shell } = guest;
    await t.notThrowsAsync(reachesMultiUser(guest));
    await guest.machine.waitFor(/localhost login: /, BOOT_TIMEOUT_MS);
    for (const said of [
      /kubeos: slot A is committed/,
      /kubeos: booting slot A, version 1\.0\.0/,
      /initramfs: root is \/dev\/vda2, slot A, verified/,
      /initramfs: PERSIST on \/dev\/vda has 1280 MiB, before 256 MiB/,
    ]) {
      t.regex(guest.machine.serial(), said);
    }
    await rootRefusesWrites(guest, (message) => t.fail(message));
    const commandLine = (await shell.run('cat /proc/cmdline')).output;
    t.regex(commandLine, /kubeos\.slot=A/);
    t.regex(commandLine, /kubeos-test\.argument=42/);
    t.regex(commandLine, /root=PARTUUID=/);
    t.is((await shell.run('cat /proc/sys/vm/swappiness')).output, '7');
    t.is((await shell.run('test -d /sys/module/dummy')).exitCode, 0);
    t.is(
      (await shell.run('stat -c "%u %g %a" /usr/lib/kubeos-test/odd-owner')).output,
      '4242 4343 751',
    );
    t.is(
      (await shell.run('getcap /usr/lib/kubeos-test/capable')).output,
      '/usr/lib/kubeos-test/capable cap_net_raw=ep',
    );
    // 256 MiB in the image, 1024 MiB more on this disk.
    const persistMiB = Number((await shell.run('df --output=size -m /persist | tail -n 1')).output);
    t.true(persistMiB > 1000, `persist has ${persistMiB} MiB`);
    t.regex(
      (await shell.run('findmnt -no OPTIONS /persist')).output,
      /nosuid.*nodev|nodev.*nosuid/,
    );
    machineId = (await shell.run('cat /etc/machine-id')).output;
    t.regex(machineId, /^[0-9a-f]{32}$/);
    t.is((await shell.run('test -s /etc/ssh/ssh_host_ed25519_key')).exitCode, 0);
    t.is((await shell.run('echo kept > /persist/file && echo kept > /var/lib/file')).exitCode, 0);
    t.is(
      (await shell.run('echo named > /etc/kubeos-test && echo lost > /etc/unnamed')).exitCode,
      0,
    );
    t.is(
      (await shell.run('mkdir -p /etc/kubernetes && echo k > /etc/kubernetes/config')).exitCode,
      0,
    );
    await guest.powerOff();
  }
  await assertSound(disk);
  t.true(await hasSame('root-a', disk, testbed.disk));
  t.deepEqual(await readSlots(disk), FRESH);
  t.is(await persistText(disk, '/file'), 'kept');
  t.is(await persistText(disk, '/kubeos/etc/upper/kubeos-test'), 'named');
  await writeCredentials(disk, CREDENTIALS);
  const other = await testbed.copyDisk('other.raw');
  // With the identifiers of the first, it would be taken for its copy.
  await commands.run({ tool: 'sgdisk', args: ['--randomize-guids', other] });
  const machine = new Map([['kubeos-test.machine', Buffer.from([0, 255])]]);
  const [oemString] = await writeOemStrings(machine, testbed.directory);
  await using guest = await bootGuest(disk, 'uefi', {
    moreDisks: [{ file: other }],
    extraArguments: ['-smbios', `type=11,path=${oemString}`],
  });
  const { shell } = guest;
  t.is((await shell.run('cat /persist/file /var/lib/file')).output, 'kept\nkept');
  t.is((await shell.run('cat /etc/kubeos-test /etc/kubernetes/config')).output, 'named\nk');
  t.not((await shell.run('test -e /etc/unnamed')).exitCode, 0);
  t.is((await shell.run('cat /etc/machine-id')).output, machineId);
  t.deepEqual(await dissected(guest, '/dev/vdb'), [
    'root ROOT-A ro ext4 x86-64',
    'esp BOOT rw vfat -',
    'var PERSIST rw ext4 -',
  ]);
  await tookCredentials(guest, (message) => t.fail(message));
  await guest.powerOff();
  t.regex(guest.machine.serial(), /initramfs: credentials taken from BOOT: 3/);
  // The disk is as large as it was: there was nothing to grow.
  t.notRegex(guest.machine.serial(), /initramfs: PERSIST on/);
  await assertSound(disk);
  t.true(await hasSame('root-a', disk, testbed.disk));
  t.deepEqual(await readSlots(disk), FRESH);
  t.is(await persistText(disk, '/kubeos/etc/upper/unnamed'), '');
});

/** What systemd finds on a disk by the Discoverable Partitions Specification. */
async function dissected({ shell }: Guest, device: string): Promise<string[]> {
  const { output } = await shell.run(`systemd-dissect --json=short ${device}`);
  const { mounts } = dissection.parse(JSON.parse(output));
  return mounts.map((mount) =>
    [
      ...[mount.designator, mount.partition_label, mount.rw, mount.fstype],
      mount.architecture ?? '-',
    ].join(' '),
  );
}

const dissection = z.object({
  mounts: z.array(
    z.object({
      ...{ designator: z.string(), partition_label: z.string(), rw: z.string() },
      ...{ fstype: z.string(), architecture: z.string().nullable() },
    }),
  ),
});

const CREDENTIALS = {
  'system.hostname': 'node-7',
  'tmpfiles.extra': 'f /run/from-boot 0644 root root - was on BOOT\n',
  'network.network.10-node': '[Match]\nName=lo\n[Network]\nAddress=192.0.2.7/32\n',
};

/** systemd has them, and nothing else has been left anywhere. */
async function tookCredentials({ shell }: Guest, fail: (message: string) => void): Promise<void> {
  for (const [line, expected] of [
    ['hostname', 'node-7'],
    ['cat /run/from-boot', 'was on BOOT'],
    ['head -n 1 /run/systemd/network/10-node.network', '[Match]'],
    [
      'cd /run/credentials/@system; ls -1',
      ['kubeos-test.machine', ...Object.keys(CREDENTIALS)].toSorted().join('\n'),
    ],
    ['stat -c %a *', '400\n400\n400\n400'],
    ['od -An -tu1 kubeos-test.machine; cd /', '0 255'],
    ['test ! -e /run/credentials/@initrd && echo gone', 'gone'],
    // A file system that is still mounted read-only somewhere is not mounted writable.
    ['mount -t vfat -o rw /dev/vda1 /run/lock && umount /run/lock && echo free', 'free'],
  ] as const) {
    const { output } = await shell.run(line);
    if (output !== expected) fail(`"${line}" says "${output}", expected "${expected}"`);
  }
}

const FRESH = {
  order: 'A B',
  A: { ok: true, tries: 0 },
  B: { ok: false, tries: 0 },
} as const;

async function reachesMultiUser({ shell }: Guest): Promise<void> {
  const { output } = await shell.run(
    'systemctl is-system-running --wait; systemctl is-active multi-user.target; systemctl --failed --no-legend',
  );
  if (!/^running\nactive$/.test(output)) throw new Error(output);
}

async function rootRefusesWrites({ shell }: Guest, fail: (message: string) => void): Promise<void> {
  for (const line of ['touch /usr/x', 'touch /x', 'mount -o remount,rw / && touch /x']) {
    const { exitCode, output } = await shell.run(line);
    if (exitCode === 0) fail(`"${line}" succeeded: ${output}`);
  }
}
