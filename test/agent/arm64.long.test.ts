import test from 'ava';
import { bootGuest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilGood } from './agent-scene.ts';

const MACHINE = { arch: 'arm64', network: true } as const;

test('an agent compiled for arm64 on any host upgrades its node, which commits', async (t) => {
  // Never in a scene that was kept: its agent and releases are for amd64.
  await using scene = await startAgentScene({ arch: 'arm64' });
  await scene.release('1.0.0', { definition: 'arm64.yaml' });
  await scene.release('2.0.0', { definition: 'arm64.yaml', set: ['sysctl.vm.swappiness=9'] });
  const disk = scene.disk('1.0.0');
  {
    await using guest = await bootGuest(disk, 'uefi', MACHINE);
    t.regex(await agent(guest, 'status'), /^slot A runs {2}1\.0\.0 {2}good/);
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', MACHINE);
  t.regex(await untilGood(guest), /^slot B runs {2}2\.0\.0 {2}good/);
  t.is((await guest.shell.run('uname -m')).output, 'aarch64');
  await guest.powerOff();
});
