import { open, truncate } from 'node:fs/promises';
import test from 'ava';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import { assertSound, hasSame } from '../boot/disk-afterwards.ts';
import { readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, bootMachine, commands } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilGood } from './agent-scene.ts';

/** What an agent writes, besides records on PERSIST. */
const WRITTEN = ['boot', 'root-a', 'root-b'] as const;

/** With both releases, which all tests here take. */
async function released() {
  const made = await startAgentScene({ kept: process.env['KUBEOS_AGENT_SCENE'] });
  await made.release('1.0.0');
  await made.release('2.0.0', { definition: 'second.yaml' });
  return made;
}

const scene = released();
test.after.always(async () => await (await scene)[Symbol.asyncDispose]());

async function blank(file: string): Promise<string> {
  await (await open(file, 'w')).close();
  await truncate(file, 64 * 2 ** 20);
  return file;
}

test('the third NVMe disk is upgraded, and the kubeos disk beside it is not touched', async (t) => {
  const given = await scene;
  const { directory } = given;
  const mine = `${directory}/mine.raw`;
  const other = `${directory}/other.raw`;
  await copySparse(given.disk('1.0.0'), mine);
  await copySparse(mine, other);
  // Another node's disk: the same content, and identifiers of its own.
  await commands.run({ tool: 'sgdisk', args: ['--randomize-guids', other] });
  const before = `${directory}/before.raw`;
  await copySparse(other, before);
  const nvme = async (file: string) => ({ file, bus: 'nvme' as const });
  const disks = [
    await nvme(await blank(`${directory}/blank-0.raw`)),
    await nvme(await blank(`${directory}/blank-1.raw`)),
    await nvme(mine),
    await nvme(other),
  ];
  const machine = { firmware: 'uefi', network: true, disks, memoryMiB: 768 } as const;
  {
    await using guest = await bootMachine(`${mine}.shell`, machine);
    t.is((await guest.shell.run('ls /sys/block/dm-0/slaves')).output, 'nvme2n1p2');
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
    await restart(guest);
  }
  {
    await using guest = await bootMachine(`${mine}.shell`, machine);
    t.is((await guest.shell.run('ls /sys/block/dm-0/slaves')).output, 'nvme2n1p3');
    t.regex(await untilGood(guest), /^slot B runs {2}2\.0\.0 {2}good/);
    // The package and the kernel argument that the release is about.
    t.is((await guest.shell.run('tree --version | cut -d" " -f1')).output, 'tree');
    t.regex((await guest.shell.run('cat /proc/cmdline')).output, /kubeos-test\.second/);
    await guest.powerOff();
  }
  for (const role of WRITTEN) t.true(await hasSame(role, other, before), role);
  await assertSound(mine);
  t.is((await readSlots(mine)).order, 'B A');
});

test('of two disks with the same identifiers the agent writes to neither, and names both', async (t) => {
  const given = await scene;
  const { directory } = given;
  const [one, two, before] = ['one', 'two', 'before'].map(
    (name) => `${directory}/twin-${name}.raw`,
  );
  if (one === undefined || two === undefined || before === undefined) throw new Error('three');
  for (const copy of [one, two, before]) await copySparse(given.disk('1.0.0'), copy);
  await using guest = await bootGuest(one, 'uefi', { network: true, moreDisks: [{ file: two }] });
  await guest.shell.run(
    'until journalctl -u kubeos-agent | grep -q "copies of each other"; do sleep 1; done',
  );
  const { output } = await guest.shell.run('journalctl -u kubeos-agent -o cat');
  t.regex(output, /vda and vdb are copies of each other/);
  t.not((await guest.shell.run('kubeos-agent prepare 1.0.0')).exitCode, 0);
  await guest.powerOff();
  for (const role of WRITTEN) {
    t.true(await hasSame(role, one, before), `${role} of the first`);
    t.true(await hasSame(role, two, before), `${role} of the second`);
  }
});
