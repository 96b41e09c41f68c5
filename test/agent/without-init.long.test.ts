import test from 'ava';
import { bootGuest, bootUntilReset } from '../boot/testbed.ts';
import { agent, putOnTrial, startAgentScene } from './agent-scene.ts';

test('a release whose kernel finds no init falls back after three tries, and is known to have failed', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  const broken = await scene.release('2.0.0', { definition: 'without-init.yaml' });
  const disk = scene.disk('1.0.0');
  await putOnTrial(disk, '2.0.0');
  for (const triesLeft of [2, 1, 0]) {
    t.regex(await bootUntilReset(disk, 'uefi'), /Kernel panic/, `${triesLeft} left`);
  }
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`failed here: ${broken}`));
  await guest.powerOff();
});
