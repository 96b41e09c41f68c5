import { createHash } from 'node:crypto';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { partitionOf } from '../src/disk/layout.ts';
import { loseBootFile, writeCredentials } from './boot/disk-surgery.ts';
import { openGuestShell, shellArguments, type GuestShell } from './boot/guest-shell.ts';
import { BOOT_TIMEOUT_MS, buildTestbed, commands, LAYOUT } from './boot/testbed.ts';
import type { QemuOptions } from '../src/demo/qemu/machine-arguments.ts';
import { startQemu } from '../src/demo/qemu/start-qemu.ts';

const PERSIST_OFFSET = partitionOf(LAYOUT, 'persist').startBytes;

interface Booted {
  readonly shell: GuestShell;
  readonly serial: () => string;
  /** In order, so that no journal is left whose replay would mend what is damaged next. */
  readonly powerOff: () => Promise<void>;
}

/** Boots a machine until its root shell answers, lets `look` at it, and cuts its power. */
async function boot<T>(
  directory: string,
  options: QemuOptions,
  look: (booted: Booted) => Promise<T>,
): Promise<T> {
  await using scratch = await mkdtempDisposable(path.join(directory, 'boot-'));
  const socket = path.join(scratch.path, 'shell');
  await using machine = await startQemu({ ...options, extraArguments: shellArguments(socket) });
  const ended = machine.exited.then(() => {
    throw new Error(`the machine ended:\n${machine.serial().slice(-4000)}`);
  });
  using shell = await Promise.race([openGuestShell(socket, BOOT_TIMEOUT_MS), ended]);
  const powerOff = async (): Promise<void> => {
    shell.run('systemctl --no-block poweroff').catch(() => undefined);
    await machine.exited;
  };
  return await look({ shell, serial: machine.serial, powerOff });
}

test('PERSIST is written to only where that is safe, a damaged BOOT stops nothing, and a network boot needs none', async (t) => {
  await using testbed = await buildTestbed('outputs=[raw, pxe]');
  const { directory } = testbed;

  // Damage that e2fsck -p leaves to a person: a directory that has lost its parent, in a file system marked as faulty.
  const damaged = await testbed.copyDisk('damaged.raw');
  await boot(
    directory,
    { firmware: 'bios', disks: [{ file: damaged }], memoryMiB: 768 },
    async ({ shell, powerOff }) => {
      t.is((await shell.run('cat /run/kubeos/persist-state')).output, 'writable');
      t.is(
        (await shell.run('echo mine >/etc/kubeos-test; mkdir -p /var/lib/gone/child')).exitCode,
        0,
      );
      await powerOff();
    },
  );
  for (const request of ['clri /var/lib/gone', 'set_super_value state 2']) {
    await debugfs(damaged, request);
  }
  await writeCredentials(damaged, { 'kubeos-test.lost': 'x', 'kubeos-test.whole': 'taken' });
  await loseBootFile(damaged, 'kubeos/credentials/kubeos-test.lost');
  await boot(
    directory,
    { firmware: 'bios', disks: [{ file: damaged }], memoryMiB: 768 },
    async ({ shell, serial }) => {
      t.is((await shell.run('cat /run/kubeos/persist-state')).output, 'read-only e2fsck-4');
      t.regex(serial(), /PERSIST \(\/dev\/vda4\) is mounted read-only: e2fsck-4/);
      t.is((await shell.run('cat /etc/kubeos-test')).output, 'mine');
      t.regex(serial(), /kubeos-test\.lost is left out: it cannot be copied/);
      t.is((await shell.run('systemd-creds --system cat kubeos-test.whole')).output, 'taken');
      t.is((await shell.run('ls /run/credentials/@system')).output, 'kubeos-test.whole');
      t.not((await shell.run('touch /persist/x')).exitCode, 0);
      // The node comes up, and what it writes stays in memory.
      t.is((await shell.run('touch /var/lib/x /etc/x')).exitCode, 0);
      for (const place of ['/etc', '/var']) {
        const options = (await shell.run(`findmnt -no OPTIONS ${place}`)).output.split(',');
        t.true(
          options.includes('nosuid') && options.includes('nodev'),
          `${place}: ${options.join()}`,
        );
      }
      const state = 'systemctl is-system-running --wait; systemctl is-active multi-user.target';
      t.regex((await shell.run(state)).output, /\nactive$/);
    },
  );

  // Somebody else's partition where PERSIST should be.
  const foreign = await testbed.copyDisk('foreign.raw', 64);
  await commands.run({ tool: 'sgdisk', args: ['--typecode=4:8300', foreign] });
  const foreignSum = await persistSum(foreign);
  await boot(
    directory,
    { firmware: 'bios', disks: [{ file: foreign }], memoryMiB: 768 },
    async ({ shell, serial }) => {
      const state = 'memory partition-4-is-not-persist';
      t.is((await shell.run('cat /run/kubeos/persist-state')).output, state);
      t.regex(
        serial(),
        /vda4 is not PERSIST, but a partition of type 0fc63daf-.* with ext4 PERSIST/,
      );
      t.is((await shell.run('touch /var/lib/x /etc/x /persist/x')).exitCode, 0);
    },
  );
  t.is(await persistSum(foreign), foreignSum);

  // A disk and its copy: neither is written to.
  const twins = [await testbed.copyDisk('one.raw', 64), await testbed.copyDisk('two.raw', 64)];
  for (const disk of twins) await writeCredentials(disk, { 'system.hostname': 'one-of-two' });
  const sums = await Promise.all(twins.map(persistSum));
  const disks = twins.map((file) => ({ file }));
  await boot(directory, { firmware: 'bios', disks, memoryMiB: 768 }, async ({ shell, serial }) => {
    t.is(
      (await shell.run('cat /run/kubeos/persist-state')).output,
      'read-only two-disks-with-the-same-identifiers',
    );
    t.regex(serial(), /2 partitions have the identifier [0-9a-f-]{36}/);
    t.is((await shell.run('hostname')).output, 'localhost');
    t.is((await shell.run('touch /var/lib/x /etc/x')).exitCode, 0);
  });
  t.deepEqual(await Promise.all(twins.map(persistSum)), sums);

  const kernel = await networkBoot(directory);
  await boot(directory, { firmware: 'bios', kernel, memoryMiB: 2048 }, async ({ shell }) => {
    t.is((await shell.run('cat /run/kubeos/persist-state')).output, 'memory network-boot');
    t.is((await shell.run('findmnt -no SOURCE /')).output, '/dev/mapper/kubeos-root');
    t.is((await shell.run('touch /var/lib/x /etc/x /persist/x')).exitCode, 0);
    t.not((await shell.run('touch /x || mount -o remount,rw /')).exitCode, 0);
  });
});

async function debugfs(disk: string, request: string): Promise<void> {
  const args = ['-w', '-R', request, `${disk}?offset=${PERSIST_OFFSET}`];
  await commands.run({ tool: 'debugfs', args });
}

/** Of everything but BOOT, which GRUB may write to. */
async function persistSum(disk: string): Promise<string> {
  const bytes = await readFile(disk);
  const kept = bytes.subarray(partitionOf(LAYOUT, 'root-a').startBytes);
  return createHash('sha256').update(kept).digest('hex');
}

/** What boot.ipxe tells a machine to load; the kernel unpacks both archives. */
async function networkBoot(directory: string): Promise<NonNullable<QemuOptions['kernel']>> {
  const at = (name: string): string => path.join(directory, 'pxe', name);
  const script = await readFile(at('boot.ipxe'), 'utf8');
  const line = /^kernel vmlinuz (.*) \|\| goto failed$/m.exec(script)?.[1] ?? '';
  const initramfs = at('both.img');
  const parts = await Promise.all(
    ['initramfs.img', 'root.img.cpio'].map((name) => readFile(at(name))),
  );
  await writeFile(initramfs, Buffer.concat(parts));
  return { image: at('vmlinuz'), initramfs, arguments: line };
}
