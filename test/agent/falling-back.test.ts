import path from 'node:path';
import test from 'ava';
import { readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, bootUntilReset } from '../boot/testbed.ts';
import { agent, putOnTrial, startAgentScene, untilSaid } from './agent-scene.ts';

const COMMITTED = { ok: true, tries: 0 };

test('a release that is not healthy, hangs before its agent or panics falls back, says why, and is not tried again', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  // Block by block: a pack takes a minute to make.
  const broken = await scene.release('2.0.0', { definition: 'broken.yaml', bases: 0 });
  const disk = scene.disk('1.0.0');
  await putOnTrial(disk, '2.0.0');
  const variables = path.join(scene.directory, 'variables.fd');
  const bootBroken = async (how: string, ...more: readonly string[]): Promise<string> => {
    const extraArguments = ['-smbios', `type=1,serial=${how}`, ...more];
    return await bootUntilReset(disk, 'uefi', { variables, extraArguments });
  };
  // It restarts by itself when its health check has failed for long enough.
  t.regex(await bootBroken('unhealthy'), /slot B on trial, 2 tries left[^]*handing over/);
  const frozen = await bootBroken('frozen', '-device', 'i6300esb', '-action', 'watchdog=reset');
  t.regex(frozen, /slot B on trial, 1 tries left[^]*watchdog: hardware i6300ESB timer/);
  t.notRegex(frozen, /Kernel panic|restarting/);
  const panicked = await bootBroken('panic');
  t.regex(panicked, /slot B on trial, 0 tries left[^]*watchdog: software Software Watchdog/);
  t.regex(panicked, /Kernel panic/);

  await using guest = await bootGuest(disk, 'uefi', { network: true, variables });
  await agent(guest, 'status');
  await untilSaid(guest, 'Kernel panic');
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`failed here: ${broken} \\(.*unhealthy-by-order exit code 1`));
  t.regex(status, /\n {4}<0>\[.*Kernel panic/);
  t.deepEqual(await readSlots(disk), { order: 'A B', A: COMMITTED, B: { ok: false, tries: 0 } });
  await t.throwsAsync(agent(guest, 'prepare 2.0.0'), { message: /failed on this node before/ });
  await guest.powerOff();
});
