import test from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { readSlots } from '../boot/disk-surgery.ts';
import { bootGuest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene } from './agent-scene.ts';

const NETWORK = { network: true };

test('a node upgrades itself by a delta pack, commits, rolls back, and keeps what is on PERSIST', async (t) => {
  await using scene = await startAgentScene();
  const one = await scene.release('1.0.0');
  const two = await scene.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
  const disk = scene.disk('1.0.0');
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    await guest.shell.run('echo marker > /persist/marker');
    t.regex(
      await agent(guest, 'status'),
      new RegExp(`^slot A runs {2}1\\.0\\.0 {2}good {2}${one}`),
    );
    await agent(guest, 'prepare 2.0.0');
    const packs = scene.server.log.filter(({ path }) => path.endsWith('.kdp'));
    t.true(packs.length > 0, 'by delta pack');
    t.deepEqual((await readSlots(disk)).B, { ok: false, tries: 0 });
    await agent(guest, 'activate');
    t.regex(await agent(guest, 'status'), /next boot: slot B, on trial/);
    await restart(guest);
  }
  t.deepEqual(await readSlots(disk), {
    order: 'B A',
    A: { ok: true, tries: 0 },
    B: { ok: false, tries: 3 },
  });
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    await agent(guest, 'status');
    await guest.shell.run('while kubeos-agent status | grep -q trial; do sleep 1; done');
    t.regex(
      await agent(guest, 'status'),
      new RegExp(`^slot B runs {2}2\\.0\\.0 {2}good {2}${two}`),
    );
    t.is((await guest.shell.run('cat /proc/sys/vm/swappiness')).output, '8');
    t.is((await guest.shell.run('cat /persist/marker')).output, 'marker');
    await agent(guest, 'rollback');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', NETWORK);
  t.regex(await agent(guest, 'status'), new RegExp(`^slot A runs {2}1\\.0\\.0 {2}good {2}${one}`));
  t.is((await guest.shell.run('cat /persist/marker')).output, 'marker');
  await guest.powerOff();
  await assertSound(disk);
  t.deepEqual(await readSlots(disk), {
    order: 'A B',
    A: { ok: true, tries: 0 },
    B: { ok: true, tries: 0 },
  });
});
