import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { decideSlot, type BootAttempt } from '../src/disk/grub-environment-decision.ts';
import { writeGrubEnvironment } from '../src/disk/grub-environment-file.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type SlotEnvironment,
  type SlotState,
} from '../src/disk/grub-environment-slots.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import { partitionOf } from '../src/disk/layout.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import { damageKernel, makeDecisionDisk, type DecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const COMMITTED: SlotState = { ok: true, tries: 0 };
const EXHAUSTED: SlotState = { ok: false, tries: 0 };
const onTrial = (tries: 1 | 2 | 3): SlotState => ({ ok: false, tries });
const STATES = [COMMITTED, onTrial(3), onTrial(2), onTrial(1), EXHAUSTED];
const ORDERS = ['A B', 'B A'] as const;

const ALL: readonly SlotEnvironment[] = ORDERS.flatMap((order) =>
  STATES.flatMap((A) => STATES.map((B) => ({ order, A, B }))),
);

/** A place for the block on a disk that stays where it is from boot to boot. */
interface Station {
  readonly disk: DecisionDisk;
  readonly set: (block: Uint8Array) => Promise<void>;
  readonly get: () => Promise<Buffer>;
}

const START = serialiseGrubEnvironment(
  grubVariablesOf({ order: 'A B', A: COMMITTED, B: EXHAUSTED }),
);

async function makeStation(directory: string, seed = 'one'): Promise<Station> {
  const disk = await makeDecisionDisk(commands, { directory, seed, environment: START });
  const { startBytes } = partitionOf(disk.layout, 'boot');
  const offset = (await readFile(disk.file)).indexOf(START, startBytes);
  return {
    disk,
    set: (block) => writeGrubEnvironment({ file: disk.file, offset }, block),
    get: () => bootFilesOn(disk, commands).read('grubenv'),
  };
}

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-decision-'));
const blockOf = (environment: SlotEnvironment): Uint8Array =>
  serialiseGrubEnvironment(grubVariablesOf(environment));

/** What the block says after these attempts: each trial has taken one off. */
function afterwards(
  environment: SlotEnvironment,
  attempts: readonly BootAttempt[],
): SlotEnvironment {
  return attempts.reduce(
    (now, attempt) =>
      attempt.kind === 'trial'
        ? { ...now, [attempt.slot]: { ok: false, tries: attempt.triesLeft } }
        : now,
    environment,
  );
}

test('GRUB makes the attempts of decideSlot, in every state, and saves each try', async (t) => {
  await using directory = await temporary();
  const { disk, set, get } = await makeStation(directory.path);
  // With both kernels damaged GRUB goes through everything it would ever try.
  for (const slot of ['A', 'B'] as const) await damageKernel(disk, slot);
  for (const environment of ALL) {
    await set(blockOf(environment));
    const boot = await observeBoot({ firmware: 'bios', disks: [{ file: disk.file }] });
    const expected = decideSlot(environment);
    const name = JSON.stringify(environment);
    t.deepEqual(boot.attempts, expected, name);
    t.is(boot.commandLine, undefined, name);
    t.deepEqual(await get(), Buffer.from(blockOf(afterwards(environment, expected))), name);
  }
});

const TRIAL_ARGUMENTS = 'panic=10 systemd.crash_reboot rd.emergency=reboot rd.shell=0 kubeos.trial';

const commandLineOf = (
  disk: DecisionDisk,
  attempt: BootAttempt,
  firmware: 'bios' | 'uefi',
): string => {
  const { slot } = attempt;
  const { number, guid } = partitionOf(disk.layout, slot === 'A' ? 'root-a' : 'root-b');
  return [
    `${slot} BOOT_IMAGE=(hd0,gpt${number})/boot/vmlinuz root=PARTUUID=${guid} ro`,
    `kubeos.slot=${slot} kubeos.grub=${disk.grub[firmware]} gpt panic=30`,
    `console=ttyS0,115200 release=${slot}`,
    ...(attempt.kind === 'committed' ? [] : [TRIAL_ARGUMENTS]),
  ].join(' ');
};

/** One of each kind of first attempt, for each slot. */
const FIRSTS: readonly SlotEnvironment[] = [
  { order: 'A B', A: COMMITTED, B: onTrial(3) },
  { order: 'B A', A: COMMITTED, B: onTrial(3) },
  { order: 'B A', A: COMMITTED, B: onTrial(1) },
  { order: 'B A', A: COMMITTED, B: EXHAUSTED },
  { order: 'A B', A: onTrial(2), B: COMMITTED },
  { order: 'A B', A: EXHAUSTED, B: COMMITTED },
  { order: 'A B', A: EXHAUSTED, B: EXHAUSTED },
  { order: 'B A', A: EXHAUSTED, B: EXHAUSTED },
];

for (const firmware of ['bios', 'uefi'] as const) {
  test(`the first attempt boots its kernel from its partition, under ${firmware}`, async (t) => {
    await using directory = await temporary();
    const { disk, set, get } = await makeStation(directory.path);
    for (const environment of firmware === 'bios' ? FIRSTS : FIRSTS.slice(0, 3)) {
      await set(blockOf(environment));
      const boot = await observeBoot({ firmware, disks: [{ file: disk.file }] });
      const [first] = decideSlot(environment);
      if (first === undefined) throw new Error('no attempt');
      t.is(boot.commandLine, commandLineOf(disk, first, firmware), JSON.stringify(environment));
      const after = Buffer.from(blockOf(afterwards(environment, [first])));
      t.deepEqual(await get(), after, JSON.stringify(environment));
    }
  });
}

test('under UEFI too, GRUB goes on to the next attempt where a slot is damaged', async (t) => {
  await using directory = await temporary();
  const { disk, set, get } = await makeStation(directory.path);
  await damageKernel(disk, 'B');
  const environment = { order: 'B A', A: COMMITTED, B: onTrial(3) } as const;
  await set(blockOf(environment));
  const boot = await observeBoot({ firmware: 'uefi', disks: [{ file: disk.file }] });
  t.deepEqual(boot.attempts, decideSlot(environment).slice(0, 2));
  t.true(boot.lines.includes('slot B refused: kernel or initramfs damaged'));
  t.is(boot.commandLine, commandLineOf(disk, { kind: 'committed', slot: 'A' }, 'uefi'));
  t.deepEqual(await get(), Buffer.from(blockOf({ ...environment, B: onTrial(2) })));
});

/** Values that nobody of ours writes. */
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { order: 'b a', A_ok: 'yes', A_tries: '4', B_ok: '0', B_tries: '2' },
  { order: 'B  A', A_ok: '', A_tries: '03', B_ok: '01', B_tries: '-1' },
  { order: 'B A', A_ok: '1 1', A_tries: '3 3', B_tries: 'x' },
  { order: 'B A' },
  { A_ok: '1' },
  { B_ok: '1', B_tries: '3', A_ok: '-n', A_tries: '=' },
  { order: "B A'; reboot", A_ok: '$B_ok', B_ok: '"', A_tries: '(', B_tries: '3' },
  { order: 'B A', A_tries: '1', root: 'hd9', disk: 'hd9', trial_arguments: 'init=/bin/sh' },
];

test('values that are not ours count as unset, for GRUB and for the model', async (t) => {
  await using directory = await temporary();
  const { disk, set, get } = await makeStation(directory.path);
  for (const slot of ['A', 'B'] as const) await damageKernel(disk, slot);
  for (const variables of FOREIGN) {
    const given = new Map(Object.entries(variables));
    await set(serialiseGrubEnvironment(given));
    const boot = await observeBoot({ firmware: 'bios', disks: [{ file: disk.file }] });
    const expected = decideSlot(slotEnvironmentOf(given));
    t.deepEqual(boot.attempts, expected, JSON.stringify(variables));
    for (const attempt of expected) {
      if (attempt.kind === 'trial') given.set(`${attempt.slot}_tries`, String(attempt.triesLeft));
    }
    const after = parseGrubEnvironment(await get());
    t.deepEqual(after, { kind: 'intact', variables: given }, JSON.stringify(variables));
  }
});

for (const firmware of ['bios', 'uefi'] as const) {
  test(`a second kubeos disk captures nothing, under ${firmware}`, async (t) => {
    await using directory = await temporary();
    await using other = await temporary();
    const one = await makeStation(directory.path, 'one');
    const two = await makeStation(other.path, 'two');
    await one.set(blockOf({ order: 'A B', A: onTrial(3), B: EXHAUSTED }));
    await two.set(blockOf({ order: 'B A', A: COMMITTED, B: onTrial(3) }));
    const untouched = await two.get();
    const disks = [{ file: one.disk.file }, { file: two.disk.file }];
    const boot = await observeBoot({ firmware, disks });
    t.true(boot.commandLine?.includes(partitionOf(one.disk.layout, 'root-a').guid));
    t.deepEqual(await two.get(), untouched);

    const turned = await observeBoot({ firmware, disks: disks.toReversed() });
    t.true(turned.commandLine?.includes(partitionOf(two.disk.layout, 'root-b').guid));
    t.deepEqual(
      await one.get(),
      Buffer.from(blockOf({ order: 'A B', A: onTrial(2), B: EXHAUSTED })),
    );
  });
}
