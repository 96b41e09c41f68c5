import test from 'ava';
import { bootGuest, bootUntilReset } from '../boot/testbed.ts';
import { agent, restart, startAgentScene } from './agent-scene.ts';

const BAD = 'kubeos_test_bad=1';
const MODELS = JSON.stringify({
  models: [
    { model: 'grub.cmdline.current', contents: [{ key: 'kubeos_test_bad', value: 1 }] },
    { model: 'grub.cmdline.current', contents: [{ key: 'kubeos_test_x', value: 1 }] },
  ],
});

test('a boot with kernel arguments of the node that is not well is followed by one without them, and the node says so', async (t) => {
  await using scene = await startAgentScene();
  const set = ['health.deadlineSeconds=60'];
  await scene.release('1.0.0', { definition: 'configured.yaml', set });
  const disk = scene.disk('1.0.0');
  {
    await using guest = await bootGuest(disk, 'uefi', { network: true });
    t.notRegex(await agent(guest, 'status'), /left out/);
    await guest.shell.run(`printf %s '${MODELS}' > /run/settings.json`);
    await agent(guest, 'configure /run/settings.json');
    t.notRegex(await agent(guest, 'status'), /left out/, 'they are not tried yet');
    await restart(guest);
  }
  t.regex(await bootUntilReset(disk, 'uefi'), /arguments of this node on trial, 1 tries left/);
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`left out, no boot with them was well: ${BAD} kubeos_test_x=1`));
  t.regex(status, /next boot: slot A\n/);
  t.false((await guest.shell.run('cat /proc/cmdline')).output.includes(BAD));
  t.notRegex(status, /failed here/, 'the release is not blamed');
  await guest.powerOff();
});
