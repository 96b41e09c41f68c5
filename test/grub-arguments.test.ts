import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
  grubVariablesOf,
  type SlotEnvironment,
  type SlotState,
} from '../src/disk/grub-environment-slots.ts';
import { serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import {
  decideArguments,
  NO_NODE_ARGUMENTS,
  parseNodeArguments,
  serialiseNodeArguments,
  type SlotArguments,
} from '../src/disk/node-arguments.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import { damageKernel, makeDecisionDisk, type DecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const COMMITTED: SlotState = { ok: true, tries: 0 };
const EXHAUSTED: SlotState = { ok: false, tries: 0 };
const TRIAL_ARGUMENTS = /panic=10 systemd\.crash_reboot .*kubeos\.trial$/;

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-arguments-'));
const blockOf = (environment: SlotEnvironment): Uint8Array =>
  serialiseGrubEnvironment(grubVariablesOf(environment));

async function makeDisk(directory: string): Promise<DecisionDisk> {
  const environment = blockOf({ order: 'A B', A: COMMITTED, B: EXHAUSTED });
  return await makeDecisionDisk(commands, { directory, seed: 'one', environment });
}

const ARGUMENTS: readonly (readonly [SlotEnvironment, SlotArguments])[] = [
  [
    { order: 'A B', A: COMMITTED, B: EXHAUSTED },
    { words: ['mitigations=off', 'x'], left: 'ok' },
  ],
  [
    { order: 'A B', A: COMMITTED, B: EXHAUSTED },
    { words: ['x'], left: 2 },
  ],
  [
    { order: 'A B', A: COMMITTED, B: EXHAUSTED },
    { words: ['x'], left: 1 },
  ],
  [
    { order: 'A B', A: COMMITTED, B: EXHAUSTED },
    { words: ['x'], left: 0 },
  ],
  [
    { order: 'A B', A: { ok: false, tries: 3 }, B: COMMITTED },
    { words: ['x'], left: 3 },
  ],
  [
    { order: 'A B', A: EXHAUSTED, B: EXHAUSTED },
    { words: ['x'], left: 'ok' },
  ],
];

test('GRUB takes the arguments of a node as decideArguments says, counts their tries, and never as the last resort', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path);
  await damageKernel(disk, 'B');
  const files = bootFilesOn(disk, commands);
  for (const [environment, A] of ARGUMENTS) {
    const given = { ...NO_NODE_ARGUMENTS, A };
    const name = JSON.stringify([environment, A]);
    await files.write('grubenv', blockOf(environment));
    await files.write('nodeargs', serialiseNodeArguments(given));
    const { commandLine = '' } = await observeBoot({ firmware: 'bios', disks: [disk] });
    const isLastResort = environment.A === EXHAUSTED;
    const taken = isLastResort ? ({ kind: 'none' } as const) : decideArguments(A);
    const marker = /kubeos\.arguments=(\w+)/.exec(commandLine)?.[1] ?? 'none';
    t.is(marker, taken.kind, name);
    const joined = ` ${A.words.join(' ')} kubeos.arguments=`;
    t.is(commandLine.includes(joined), taken.kind !== 'none', name);
    t.is(
      TRIAL_ARGUMENTS.test(commandLine),
      taken.kind === 'trial' || isLastResort || !environment.A.ok,
      name,
    );
    const left = taken.kind === 'trial' ? { ...A, left: taken.triesLeft } : A;
    const after = parseNodeArguments(await files.read('nodeargs'));
    t.deepEqual(after, { ...given, A: left }, name);
  }
});

test('what is no list of arguments adds none, and is not written', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path);
  const files = bootFilesOn(disk, commands);
  const listed = serialiseNodeArguments({ ...NO_NODE_ARGUMENTS, A: { words: ['x'], left: 2 } });
  const odd = [
    Buffer.alloc(512, 'init=/bin/sh\n'),
    Buffer.concat([Buffer.from(listed).subarray(0, 40), Buffer.alloc(472)]),
    Buffer.concat([listed.subarray(0, 500), Buffer.alloc(12, 'x')]),
  ];
  for (const bytes of odd) {
    await files.write('nodeargs', bytes);
    const { commandLine = '' } = await observeBoot({ firmware: 'bios', disks: [disk] });
    t.regex(commandLine, /^A BOOT_IMAGE=/);
    t.notRegex(commandLine, /kubeos\.arguments|init=/);
    t.deepEqual(await files.read('nodeargs'), bytes);
  }
});
