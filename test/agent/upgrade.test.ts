import test from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { readBootFile, readSlots, writeCredentials } from '../boot/disk-surgery.ts';
import { bootGuest, BOOT_TIMEOUT_MS, type Guest } from '../boot/testbed.ts';
import { startQemu } from '../../src/demo/qemu/start-qemu.ts';
import { agent, restart, startAgentScene, untilGood, untilSaid } from './agent-scene.ts';

const NETWORK = { network: true };
const COMMITTED = { ok: true, tries: 0 };

/** Power is cut where the machine is disposed of without having been shut down. */
async function cutWhen(disk: string, isTime: (guest: Guest) => Promise<unknown>): Promise<void> {
  await using guest = await bootGuest(disk, 'uefi', NETWORK);
  await agent(guest, 'status');
  await isTime(guest);
}

/** Prepares until the agent says that it has come so far: not each tenth is told where several pass at once. */
const preparing =
  (said: string) =>
  async (guest: Guest): Promise<void> => {
    await guest.shell.run('kubeos-agent prepare 2.0.0 >/run/prepare 2>&1 &');
    const isThere = `grep -qE '${said}' /run/prepare`;
    await guest.shell.run(`until ${isThere} || ! kill -0 $! 2>/dev/null; do sleep 0.2; done`);
    const { exitCode, output } = await guest.shell.run(`cat /run/prepare; ${isThere}`);
    if (exitCode !== 0) throw new Error(`it ended before ${said}: ${output}`);
  };

/** The version of the GRUB that started this machine. */
const grubOf = async ({ shell }: Guest): Promise<string> =>
  /kubeos\.grub=(\S+)/.exec((await shell.run('cat /proc/cmdline')).output)?.[1] ?? '';

/** Resident now, and at most so far. */
async function memoryOf({ shell }: Guest): Promise<string> {
  const pid = '$(systemctl show --property MainPID --value kubeos-agent)';
  const { output } = await shell.run(`grep -E 'VmHWM|VmRSS' /proc/${pid}/status`);
  return output.replaceAll(/\s+/g, ' ');
}

test('a node is upgraded by a delta pack while power is cut six times; it commits, keeps PERSIST and its name, gets the new GRUB, and rolls back', async (t) => {
  await using scene = await startAgentScene();
  const one = await scene.release('1.0.0');
  const change = { set: ['sysctl.vm.swappiness=8'], grubLine: '# Another GRUB.' };
  const two = await scene.release('2.0.0', change);
  const isOne = new RegExp(`^slot A runs {2}1\\.0\\.0 {2}good {2}${one}`);
  const disk = scene.disk('1.0.0');
  // On BOOT, where slot files, environment and GRUB are written around it.
  await writeCredentials(disk, { 'system.hostname': 'node-7' });
  let oldGrub = '';
  await cutWhen(disk, async (guest) => {
    await guest.shell.run('echo marker > /persist/marker && sync');
    t.regex(await agent(guest, 'status'), isOne);
    oldGrub = await grubOf(guest);
    t.log(`the daemon's memory at first: ${await memoryOf(guest)}`);
    await preparing('writing [3-9]0 %')(guest);
  });
  t.deepEqual((await readSlots(disk)).B, { ok: false, tries: 0 });
  await cutWhen(disk, async (guest) => {
    const status = await agent(guest, 'status');
    t.regex(status, isOne);
    t.regex(status, /B {2}2\.0\.0 {2}writing/);
    await preparing('reading-back')(guest);
  });
  await cutWhen(disk, async (guest) => {
    await agent(guest, 'prepare 2.0.0');
    t.log(`after preparing: ${await memoryOf(guest)}`);
    t.true(
      scene.server.log.some(({ path }) => path.endsWith('.kdp')),
      'by delta pack',
    );
    await agent(guest, 'activate');
    t.regex(await agent(guest, 'status'), /next boot: slot B, on trial/);
  });
  t.deepEqual(await readSlots(disk), { order: 'B A', A: COMMITTED, B: { ok: false, tries: 3 } });
  {
    const machine = { firmware: 'uefi', disks: [{ file: disk }], memoryMiB: 768 } as const;
    await using trial = await startQemu(machine);
    await trial.waitFor(/slot B on trial, 2 tries left/, BOOT_TIMEOUT_MS);
  }
  await cutWhen(disk, async (guest) => {
    t.regex(await agent(guest, 'status'), /^slot B runs {2}2\.0\.0 {2}(trial, 1 boots left|good)/);
  });
  await cutWhen(disk, async (guest) => {
    await untilGood(guest);
    const asked = 'another is written, and tried once at the next restart';
    await untilSaid(guest, asked);
    t.is(await grubOf(guest), oldGrub);
  });
  let newGrub = '';
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    const status = await agent(guest, 'status');
    t.regex(status, new RegExp(`^slot B runs {2}2\\.0\\.0 {2}good {2}${two}`));
    t.is((await guest.shell.run('cat /proc/sys/vm/swappiness')).output, '8');
    t.is((await guest.shell.run('cat /persist/marker')).output, 'marker');
    newGrub = await grubOf(guest);
    t.not(newGrub, oldGrub);
    t.regex(await agent(guest, 'status --json'), new RegExp(`"first":\\{"version":"${newGrub}"`));
    await agent(guest, 'rollback');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', NETWORK);
  const status = await agent(guest, 'status');
  t.regex(status, isOne);
  t.regex(status, new RegExp(`GRUB ${newGrub}: of a newer release`));
  t.is(await grubOf(guest), newGrub, 'it is the first now');
  t.is((await guest.shell.run('cat /persist/marker')).output, 'marker');
  t.is((await guest.shell.run('hostname')).output, 'node-7');
  await guest.powerOff();
  await assertSound(disk);
  const name = await readBootFile(disk, 'kubeos/credentials/system.hostname');
  t.is(Buffer.from(name).toString(), 'node-7');
  t.deepEqual(await readSlots(disk), { order: 'A B', A: COMMITTED, B: COMMITTED });
});
