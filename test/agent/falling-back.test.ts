import test from 'ava';
import { readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, bootUntilReset } from '../boot/testbed.ts';
import { agent, putOnTrial, startAgentScene } from './agent-scene.ts';

const COMMITTED = { ok: true, tries: 0 };

test('a release that is not healthy falls back, says why, and is not tried again', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  const sick = await scene.release('2.0.0', { definition: 'unhealthy.yaml' });
  const disk = scene.disk('1.0.0');
  await putOnTrial(disk, '2.0.0');
  for (const triesLeft of [2, 1, 0]) {
    // Each restarts by itself when its health check has failed for long enough.
    t.regex(await bootUntilReset(disk, 'uefi'), /slot B on trial/, `${triesLeft} left`);
  }
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, new RegExp(`failed here: ${sick} \\(.*unhealthy-by-order exit code 1`));
  t.deepEqual(await readSlots(disk), { order: 'A B', A: COMMITTED, B: { ok: false, tries: 0 } });
  await t.throwsAsync(agent(guest, 'prepare 2.0.0'), { message: /failed on this node before/ });
  await guest.powerOff();
});
