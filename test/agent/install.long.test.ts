import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { bootGuest, bootMachine, BOOT_TIMEOUT_MS, commands, type Guest } from '../boot/testbed.ts';
import { startQemu } from '../../src/demo/qemu/start-qemu.ts';
import { agent } from './agent-scene.ts';
import { buildInstallScene, install, tableOf } from './install-scene.ts';

/** One for all: only one machine runs at a time, and each test has disks of its own to install to. */
const built = buildInstallScene('outputs=[raw, pxe]');
test.after.always(async () => await (await built)[Symbol.asyncDispose]());

async function installWell(t: ExecutionContext, guest: Guest, args: string): Promise<void> {
  const { exitCode, output } = await install(guest, args);
  t.is(exitCode, 0, output);
  await guest.powerOff();
}

async function assertGood(t: ExecutionContext, guest: Guest, root: string): Promise<void> {
  t.regex(await agent(guest, 'status'), /^slot A runs {2}1\.0\.0 {2}good/);
  t.is((await guest.shell.run('cat /run/kubeos/persist-state')).output, 'writable');
  t.is((await guest.shell.run('ls /sys/block/dm-0/slaves')).output, root);
}

test('NVMe, SCSI and BIOS: each is installed from the one before, and a disk with sectors of 4096 bytes is refused', async (t) => {
  const scene = await built;
  const nvme = { file: await scene.makeDisk('nvme.raw'), bus: 'nvme' } as const;
  const large = {
    file: await scene.makeDisk('large.raw'),
    bus: 'scsi',
    sectorBytes: 4096,
  } as const;
  const scsi = { file: await scene.makeDisk('scsi.raw'), bus: 'scsi' } as const;
  {
    await using guest = await bootGuest(scene.disk, 'uefi', { moreDisks: [nvme, large] });
    const refused = await install(guest, '/dev/sda');
    t.is(refused.exitCode, 4);
    t.regex(refused.output, /4096 bytes are the smallest that \/dev\/sda reads: it would not boot/);
    await installWell(t, guest, '/dev/disk/by-path/*-nvme-1');
  }
  {
    await using guest = await bootGuest(nvme.file, 'uefi', { bus: 'nvme', moreDisks: [scsi] });
    await assertGood(t, guest, 'nvme0n1p2');
    const partition = await install(guest, '/dev/nvme0n1p4');
    t.is(partition.exitCode, 2);
    t.regex(partition.output, /Name the whole disk: \/dev\/nvme0n1/);
    await installWell(t, guest, '/dev/sda');
  }
  for (const firmware of ['bios', 'uefi'] as const) {
    await using guest = await bootGuest(scsi.file, firmware, { bus: 'scsi' });
    await assertGood(t, guest, 'sda2');
    await guest.powerOff();
  }
  await assertSound(nvme.file);
  await assertSound(scsi.file);
  const guids = await Promise.all(
    [scene.disk, nvme.file, scsi.file].map(async (disk) => (await tableOf(disk))?.diskGuid),
  );
  t.is(new Set(guids).size, 3);
});

test('power cut in the middle leaves a disk that nothing starts from, and the same command completes it', async (t) => {
  const scene = await built;
  const target = await scene.makeDisk('cut.raw');
  const moreDisks = [{ file: target }];
  for (const moment of ['root image: 0 %', 'root image: 50 %', 'reading it back: 30 %']) {
    {
      await using guest = await bootGuest(scene.disk, 'uefi', { moreDisks });
      const { shell } = guest;
      await shell.run('kubeos-agent install /dev/vdb >/run/installing 2>&1 & echo $! >/run/pid');
      await shell.run(`until grep -q '${moment}' /run/installing; do sleep 0.1; done`);
      // It does not come to its end while somebody else asks for the same disk.
      await shell.run('kill -STOP $(cat /run/pid)');
      const second = await install(guest, '/dev/vdb');
      t.is(second.exitCode, 8, second.output);
      t.regex(second.output, /vdb is in use: something has it/);
    }
    const probed = await commands.run({
      ...{ tool: 'blkid', args: ['-p', target], successCodes: [2] },
    });
    t.is(probed.stdout, '', moment);
  }
  {
    await using machine = await startQemu({ firmware: 'uefi', disks: moreDisks });
    await machine.waitFor(/No bootable option or device|UEFI Interactive Shell/, BOOT_TIMEOUT_MS);
    t.notRegex(machine.serial(), /kubeos: /);
  }
  {
    await using guest = await bootGuest(scene.disk, 'uefi', { moreDisks });
    t.regex((await install(guest)).output, /an installation that was not finished/);
    await installWell(t, guest, '/dev/vdb');
  }
  await using guest = await bootGuest(target, 'uefi');
  await assertGood(t, guest, 'vda2');
  await guest.powerOff();
  await assertSound(target);
});

test('a machine that iPXE started over HTTP installs itself to its only disk', async (t) => {
  const scene = await built;
  const target = await scene.makeDisk('network.raw');
  await using server = await serveFiles(path.join(scene.directory, 'image/pxe'));
  const bootfile = `bootfile=http://10.0.2.2:${server.port}/boot.ipxe`;
  const network = ['-netdev', `user,id=pxe,${bootfile}`];
  {
    await using guest = await bootMachine(`${target}.shell`, {
      ...{ firmware: 'bios', disks: [{ file: target }], memoryMiB: 3072 },
      extraArguments: [...network, '-device', 'virtio-net-pci,netdev=pxe'],
    });
    t.is((await guest.shell.run('cat /run/kubeos/persist-state')).output, 'memory network-boot');
    t.is((await guest.shell.run('systemctl is-system-running --wait')).output, 'running');
    await installWell(t, guest, '/dev/vda');
  }
  await using guest = await bootGuest(target, 'uefi');
  await assertGood(t, guest, 'vda2');
  await guest.powerOff();
  await assertSound(target);
});

/** Any web server does that says how long a file is: without that iPXE takes minutes for a root image. */
async function serveFiles(directory: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const file = path.join(directory, path.basename(request.url ?? ''));
    response.setHeader('content-length', statSync(file).size);
    createReadStream(file).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
