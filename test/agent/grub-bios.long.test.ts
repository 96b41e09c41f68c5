import test from 'ava';
import { assertSound } from '../boot/disk-afterwards.ts';
import { bootGuest, type Guest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilSaid } from './agent-scene.ts';

const grubOf = async ({ shell }: Guest): Promise<string> =>
  /kubeos\.grub=(\S+)/.exec((await shell.run('cat /proc/cmdline')).output)?.[1] ?? '';

test('a node that a BIOS starts is upgraded, and then gets the GRUB of its release', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0');
  await scene.release('2.0.0', { grubLine: '# Another GRUB.' });
  const disk = scene.disk('1.0.0');
  const booted = async (work: (guest: Guest) => Promise<void>): Promise<string> => {
    await using guest = await bootGuest(disk, 'bios', { network: true });
    await agent(guest, 'status');
    await work(guest);
    const grub = await grubOf(guest);
    await restart(guest);
    return grub;
  };
  const old = await booted(async (guest) => {
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
  });
  const asked = 'tried once at the next restart';
  t.is(await booted(async (guest) => await untilSaid(guest, asked)), old);
  const other = await booted(async (guest) => {
    t.notRegex(await agent(guest, 'status'), /GRUB/, 'it is as the release has it');
  });
  t.not(other, old);
  t.regex(other, /^bios-[0-9a-f]{16}$/);
  t.is(await booted(async () => undefined), other);
  await assertSound(disk);
});
