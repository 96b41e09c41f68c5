import test from 'ava';
import { bootGuest, type Guest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilGood } from './agent-scene.ts';

const NETWORK = { network: true };

async function said({ shell }: Guest, line: string): Promise<string> {
  return (await shell.run(line)).output;
}

test('data is migrated on a trial and back for a rollback; a full PERSIST keeps nothing from being prepared', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  await scene.release('2.0.0', { definition: 'migrating.yaml' });
  const disk = scene.disk('1.0.0');
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    await agent(guest, 'status');
    await said(guest, 'mkdir -p /var/lib/app && echo one >/var/lib/app/db');
    await said(guest, 'echo mine >/etc/kubeos-test && echo mine >/etc/hosts');
    const list = await agent(guest, 'persist list');
    t.regex(list, /^\/etc\/kubeos-test {2}5 bytes, item kubeos-test$/m);
    await agent(guest, 'persist reset kubeos-test');
    await said(guest, 'dd if=/dev/zero of=/var/fill bs=1M; echo x >/var/more; sync');
    t.is(await said(guest, 'df --output=avail /persist | tail -n 1 | tr -d " "'), '0');
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
    t.regex(await agent(guest, 'status'), /next boot: slot B, on trial/);
    await said(guest, 'rm /var/fill');
    await restart(guest);
  }
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    const status = await untilGood(guest);
    t.regex(status, /^slot B runs {2}2\.0\.0 {2}good/);
    t.regex(status, /data: migrated the data of 1\.0\.0 from epoch 0 to 1/);
    t.is(await said(guest, 'cat /var/lib/app/db'), 'one\nforward 0 1');
    t.is(await said(guest, 'cat /etc/hosts; cat /etc/kubeos-test'), MINE_AND_NOTHING);
    await said(guest, 'echo two >>/var/lib/app/db');
    t.log(await said(guest, 'systemd-analyze blame | grep -E "kubeos-(data|agent)"'));
    await agent(guest, 'rollback');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', NETWORK);
  const status = await agent(guest, 'status');
  t.regex(status, /^slot A runs {2}1\.0\.0 {2}good/);
  t.regex(status, /data: put back what was migrated back \(.*app\), because 2\.0\.0 ran/);
  t.is(await said(guest, 'cat /var/lib/app/db'), 'one\nforward 0 1\ntwo\nback 1 0');
  t.is(await said(guest, 'cat /persist/kubeos/state/aside-*/tree/var/lib/app/db'), TWO);
  await guest.powerOff();
});

const MINE_AND_NOTHING = 'mine\ncat: /etc/kubeos-test: No such file or directory';
const TWO = 'one\nforward 0 1\ntwo';
