import test from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { bootGuest, BOOT_TIMEOUT_MS, type Guest } from '../boot/testbed.ts';
import { startQemu } from '../qemu/start-qemu.ts';
import { agent, startAgentScene } from './agent-scene.ts';

/** Power is cut where the machine is disposed of without having been shut down. */
async function cutWhen(disk: string, isTime: (guest: Guest) => Promise<unknown>): Promise<void> {
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  await agent(guest, 'status');
  await isTime(guest);
}

/** Prepares until the agent says that it has come so far. */
const preparing =
  (said: string) =>
  async (guest: Guest): Promise<void> => {
    await guest.shell.run('kubeos-agent prepare 2.0.0 >/run/prepare 2>&1 &');
    await guest.shell.run(`until grep -q '${said}' /run/prepare; do sleep 0.2; done`);
  };

test('power is cut six times on the way from one release to the next, which is reached all the same', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  await scene.release('2.0.0');
  const disk = scene.disk('1.0.0');
  await cutWhen(disk, preparing('writing 30 %'));
  await cutWhen(disk, async (guest) => {
    t.regex(
      await agent(guest, 'status'),
      /^slot A runs {2}1\.0\.0 {2}good[^]*B {2}2\.0\.0 {2}writing/,
    );
    await preparing('reading-back')(guest);
  });
  await cutWhen(disk, async (guest) => {
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
  });
  {
    await using machine = await startQemu({
      firmware: 'uefi',
      disks: [{ file: disk }],
      memoryMiB: 768,
    });
    await machine.waitFor(/slot B on trial, 2 tries left/, BOOT_TIMEOUT_MS);
  }
  await cutWhen(disk, async (guest) => {
    t.regex(await agent(guest, 'status'), /^slot B runs {2}2\.0\.0 {2}(trial, 1 boots left|good)/);
  });
  await cutWhen(disk, async (guest) => {
    await guest.shell.run('while kubeos-agent status | grep -q trial; do sleep 0.2; done');
  });
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  t.regex(await agent(guest, 'status'), /^slot B runs {2}2\.0\.0 {2}good[^]*A {2}1\.0\.0 {2}good/);
  await guest.powerOff();
  await assertSound(disk);
});
