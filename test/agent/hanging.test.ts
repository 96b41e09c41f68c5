import path from 'node:path';
import test from 'ava';
import { readSlots, writeSlots } from '../boot/disk-surgery.ts';
import { bootGuest, bootUntilReset } from '../boot/testbed.ts';
import { agent, putOnTrial, startAgentScene } from './agent-scene.ts';

const COMMITTED = { ok: true, tries: 0 } as const;

test('a trial that hangs before its agent is ended by the watchdog or by its deadline, and says where it hung', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  const broken = await scene.release('2.0.0', { definition: 'hangs.yaml' });
  const disk = scene.disk('1.0.0');
  await putOnTrial(disk, '2.0.0');
  await writeSlots(disk, { order: 'B A', A: COMMITTED, B: { ok: false, tries: 2 } });
  const variables = path.join(scene.directory, 'variables.fd');
  const hangs = async (how: string, ...more: readonly string[]): Promise<string> => {
    const extraArguments = ['-smbios', `type=1,serial=${how}`, ...more];
    return await bootUntilReset(disk, 'uefi', { variables, extraArguments });
  };
  const frozen = await hangs('frozen', '-device', 'i6300esb', '-action', 'watchdog=reset');
  t.regex(frozen, /slot B on trial, 1 tries left[^]*watchdog: hardware i6300ESB timer/);
  t.notRegex(frozen, /Kernel panic|restarting/);
  const stuck = await hangs('initramfs');
  t.regex(stuck, /slot B on trial, 0 tries left[^]*watchdog: software Software Watchdog/);
  t.regex(stuck, /still in the initramfs after 30 s: restarting[^]*Kernel panic/);

  await using guest = await bootGuest(disk, 'uefi', { network: true, variables });
  await agent(guest, 'status');
  await guest.shell.run('until kubeos-agent status | grep -q initramfs; do sleep 1; done');
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`failed here: ${broken} \\(initramfs: a trial that is still in`));
  t.regex(status, /\n {4}<0>\[.*Kernel panic/);
  t.deepEqual(await readSlots(disk), { order: 'A B', A: COMMITTED, B: { ok: false, tries: 0 } });
  await guest.powerOff();
});
