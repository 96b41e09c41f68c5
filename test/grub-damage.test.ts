import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { emptySlotFiles } from '../src/disk/slot-files.ts';
import { grubVariablesOf, type SlotEnvironment } from '../src/disk/grub-environment-slots.ts';
import { serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import { partitionOf } from '../src/disk/layout.ts';
import { writeAll } from '../src/disk/write-at.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import {
  configurationOf,
  copyDisk,
  INITRAMFS_PATH,
  makeDecisionDisk,
  sumsOf,
  type DecisionDisk,
} from './qemu/decision-disk.ts';
import { observeBoot, type ObservedBoot } from './qemu/observe-boot.ts';
import { startQemu } from '../src/demo/qemu/start-qemu.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** A first on trial with B to fall back to: whatever is wrong with one shows in what GRUB does next. */
const TRIAL: SlotEnvironment = {
  order: 'B A',
  A: { ok: true, tries: 0 },
  B: { ok: false, tries: 3 },
};
const NONE: SlotEnvironment = {
  order: 'B A',
  A: { ok: false, tries: 0 },
  B: { ok: false, tries: 3 },
};
const blockOf = (environment: SlotEnvironment): Buffer =>
  Buffer.from(serialiseGrubEnvironment(grubVariablesOf(environment)));

/** The same bytes in every run, as unlike text as random ones. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let state = 1, index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

type BootFilesOn = ReturnType<typeof bootFilesOn>;

/** A disk of this test's own; `boot` starts it under SeaBIOS. */
interface Bench extends AsyncDisposable {
  readonly disk: DecisionDisk;
  readonly files: BootFilesOn;
  readonly boot: (options?: { readonly readOnly: boolean }) => Promise<ObservedBoot>;
}

const original = (async () => {
  const directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-damage-'));
  const disk = await makeDecisionDisk(commands, {
    directory: directory.path,
    seed: 'one',
    environment: blockOf(TRIAL),
  });
  return { disk, directory };
})();

test.after.always('the disk that all tests copy is removed', async () => {
  await (await original).directory.remove();
});

async function makeBench(): Promise<Bench> {
  const directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-damage-'));
  const disk = await copyDisk((await original).disk, directory.path);
  return {
    disk,
    files: bootFilesOn(disk, commands),
    boot: ({ readOnly } = { readOnly: false }) =>
      observeBoot({ firmware: 'bios', disks: [{ file: disk.file, readOnly }] }),
    [Symbol.asyncDispose]: () => directory.remove(),
  };
}

const UNUSABLE_BLOCKS: Readonly<Record<string, (files: BootFilesOn) => Promise<void>>> = {
  'is missing': (files) => files.remove('grubenv'),
  'has no bytes': (files) => files.write('grubenv', Buffer.alloc(0)),
  'is zeroed': (files) => files.write('grubenv', Buffer.alloc(1024)),
  'is garbage': (files) => files.write('grubenv', noise(1024)),
  'holds no variables': (files) =>
    files.write('grubenv', Buffer.from(serialiseGrubEnvironment(new Map()))),
  'has garbage behind its first line': (files) =>
    files.write('grubenv', Buffer.concat([blockOf(TRIAL).subarray(0, 25), noise(999)])),
};

for (const [what, change] of Object.entries(UNUSABLE_BLOCKS)) {
  test(`a block that ${what} leaves both slots bootable, and is not written`, async (t) => {
    await using bench = await makeBench();
    await change(bench.files);
    const before = await bench.files.read('grubenv').catch(() => undefined);
    const boot = await bench.boot();
    t.deepEqual(boot.attempts, [{ kind: 'committed', slot: 'A' }]);
    t.regex(boot.commandLine ?? '', /^A .*release=A$/);
    t.deepEqual(await bench.files.read('grubenv').catch(() => undefined), before);
    await bench.files.remove('slot-A.cfg');
    t.regex((await bench.boot()).commandLine ?? '', /^B .*release=B$/);
  });
}

test('a block that was cut behind its variables still counts', async (t) => {
  await using bench = await makeBench();
  await bench.files.write('grubenv', blockOf(TRIAL).subarray(0, 600));
  t.deepEqual((await bench.boot()).attempts, [{ kind: 'trial', slot: 'B', triesLeft: 2 }]);
  t.true((await bench.files.read('grubenv')).includes('B_tries=2\n'));
});

const rootOfB = ({ layout }: DecisionDisk) => partitionOf(layout, 'root-b');

async function overwriteRootOfB({ disk }: Bench, bytes: Uint8Array): Promise<void> {
  await using file = await open(disk.file, 'r+');
  await writeAll(file, bytes, rootOfB(disk).startBytes);
}

const sums = Buffer.from(sumsOf('B'));
const empty = emptySlotFiles();
const configuration = Buffer.from(configurationOf('B'));

const UNLOADABLE: readonly (readonly [string, RegExp, (bench: Bench) => Promise<void>])[] = [
  ['has no configuration', /no release/, ({ files }) => files.remove('slot-B.cfg')],
  ['is empty', /no release/, ({ files }) => files.write('slot-B.cfg', empty.configuration)],
  ['has a zeroed one', /no release/, ({ files }) => files.write('slot-B.cfg', Buffer.alloc(4096))],
  ['has garbage in it', /no release/, ({ files }) => files.write('slot-B.cfg', noise(4096))],
  [
    'has half a configuration',
    /no release/,
    ({ files }) => files.write('slot-B.cfg', configuration.subarray(0, 200)),
  ],
  [
    'has one with an open quote and open blocks',
    /no release/,
    ({ files }) => files.write('slot-B.cfg', Buffer.from("if [ a ; then\nfoo {\nset x='/boot\n")),
  ],
  [
    'names no kernel',
    /names no kernel/,
    ({ files }) => files.write('slot-B.cfg', Buffer.from("set slot_release='sha256:b'\n")),
  ],
  ['has no sums', /damaged/, ({ files }) => files.remove('slot-B.sum')],
  ['has empty sums', /damaged/, ({ files }) => files.write('slot-B.sum', Buffer.alloc(0))],
  ['has sums of nothing', /damaged/, ({ files }) => files.write('slot-B.sum', empty.sums)],
  ['has zeroed sums', /damaged/, ({ files }) => files.write('slot-B.sum', Buffer.alloc(512))],
  ['has garbage for sums', /damaged/, ({ files }) => files.write('slot-B.sum', noise(512))],
  ['has one sum', /damaged/, ({ files }) => files.write('slot-B.sum', sums.subarray(0, 256))],
  [
    'has one sum and a bit',
    /damaged/,
    ({ files }) => files.write('slot-B.sum', sums.subarray(0, 300)),
  ],
  [
    'has the sums of the other slot',
    /damaged/,
    ({ files }) => files.write('slot-B.sum', sumsOf('A')),
  ],
  ['has a root of zeros', /damaged/, (bench) => overwriteRootOfB(bench, Buffer.alloc(2 ** 21))],
  ['has a root of garbage', /damaged/, (bench) => overwriteRootOfB(bench, noise(2 ** 21))],
  [
    'has a root whose first blocks were torn',
    /damaged/,
    (bench) => overwriteRootOfB(bench, Buffer.alloc(65_536)),
  ],
  [
    'names an area beyond its partition',
    /damaged/,
    ({ files }) =>
      files.write(
        'slot-B.cfg',
        configurationOf('B', { area: { firstSector: 8, sectors: 2 ** 30 } }),
      ),
  ],
  [
    'names a kernel that is none',
    /could not be loaded/,
    ({ files }) => files.write('slot-B.cfg', configurationOf('B', { kernel: INITRAMFS_PATH })),
  ],
  [
    'names an initramfs that is not there',
    /could not be loaded/,
    ({ files }) => files.write('slot-B.cfg', configurationOf('B', { initramfs: '/boot/none' })),
  ],
];

for (const [what, reason, change] of UNLOADABLE) {
  test(`a slot on trial that ${what} is refused, and the other boots`, async (t) => {
    await using bench = await makeBench();
    await change(bench);
    const boot = await bench.boot();
    t.deepEqual(boot.attempts, [
      { kind: 'trial', slot: 'B', triesLeft: 2 },
      { kind: 'committed', slot: 'A' },
    ]);
    t.regex(boot.lines.find((line) => line.startsWith('slot B refused: ')) ?? '', reason);
    t.regex(boot.commandLine ?? '', /^A /);
    t.deepEqual(
      await bench.files.read('grubenv'),
      blockOf({ ...TRIAL, B: { ok: false, tries: 2 } }),
    );
  });
}

test('a try that cannot be saved is not made', async (t) => {
  await using bench = await makeBench();
  const boot = await bench.boot({ readOnly: true });
  t.deepEqual(boot.attempts, [{ kind: 'committed', slot: 'A' }]);
  t.true(boot.lines.includes('slot B refused: its tries cannot be saved'));
  t.regex(boot.commandLine ?? '', /^A /);
});

test('with no slot committed and no try to be saved, the last resort boots', async (t) => {
  await using bench = await makeBench();
  await bench.files.write('grubenv', blockOf(NONE));
  const boot = await bench.boot({ readOnly: true });
  t.deepEqual(boot.attempts, [{ kind: 'last-resort', slot: 'A' }]);
  t.regex(boot.commandLine ?? '', /^A .*rd\.shell=0 kubeos\.trial$/);
});

test('with nothing to boot GRUB says so and resets the machine', async (t) => {
  await using bench = await makeBench();
  await bench.files.remove('slot-A.cfg');
  await bench.files.remove('slot-B.cfg');
  await using machine = await startQemu({
    firmware: 'bios',
    memoryMiB: 64,
    disks: [{ file: bench.disk.file }],
  });
  await machine.waitFor(/kubeos: no slot can be booted, starting over in 30 seconds/, 900_000);
  t.is(await machine.exited, 0);
});
