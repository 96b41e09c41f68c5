import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeGrubEnvironment } from '../src/disk/grub-environment-file.ts';
import { grubVariablesOf, type SlotEnvironment } from '../src/disk/grub-environment-slots.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import {
  decideGrubTry,
  grubTryOf,
  NO_TRY,
  tryVariablesOf,
  type GrubTry,
} from '../src/disk/grub-try.ts';
import { partitionOf } from '../src/disk/layout.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import { makeDecisionDisk, type DecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';
import { keepGrubOn } from './qemu/keep-grub-on.ts';
import {
  makeNoProgram,
  makeOtherGrub,
  makeSecondGrub,
  writeSecondGrub,
} from './qemu/second-grub.ts';

const commands = hostCommands({ signal: new AbortController().signal });

type Firmware = 'bios' | 'uefi';

async function boot(disk: DecisionDisk, firmware: Firmware) {
  const { commandLine, lines } = await observeBoot({ firmware, disks: [{ file: disk.file }] });
  return { booted: / kubeos\.grub=(\S+)/.exec(commandLine ?? '')?.[1] ?? '', lines };
}

const tryOn = async (disk: DecisionDisk): Promise<GrubTry> =>
  grubTryOf(parseGrubEnvironment(await bootFilesOn(disk, commands).read('grubenv')).variables);

const GOOD_A: SlotEnvironment = {
  order: 'A B',
  A: { ok: true, tries: 0 },
  B: { ok: false, tries: 0 },
};
const asking = (grub: GrubTry): Uint8Array =>
  serialiseGrubEnvironment(new Map([...grubVariablesOf(GOOD_A), ...tryVariablesOf(grub)]));

for (const firmware of ['bios', 'uefi'] as const) {
  test(`another GRUB is started once where the block asks for it, under ${firmware}`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-try-'));
    const environment = asking(NO_TRY);
    const request = { directory: directory.path, seed: 'one', environment };
    const disk = await makeDecisionDisk(commands, request);
    const { startBytes } = partitionOf(disk.layout, 'boot');
    const offset = (await readFile(disk.file)).indexOf(environment, startBytes);
    const set = async (block: Uint8Array): Promise<void> =>
      await writeGrubEnvironment({ file: disk.file, offset }, block);
    const own = disk.grub[firmware];
    const wants = (version: string | null, tried: string | null = null): GrubTry => ({
      ...{ wanted: version, tried },
      place: firmware === 'bios' ? 1041 : null,
    });
    const second = await makeSecondGrub(commands);
    const version = second.version[firmware];
    await writeSecondGrub(disk, second);

    await set(asking(wants(version)));
    t.is((await boot(disk, firmware)).booted, version);
    t.deepEqual(await tryOn(disk), decideGrubTry(wants(version), own)?.after);
    t.is((await boot(disk, firmware)).booted, own, 'once');

    // Not for itself, and not for another firmware.
    const others = { uefi: second.version.bios, bios: second.version.uefi };
    for (const unwanted of [own, others[firmware]]) {
      await set(asking(wants(unwanted)));
      t.is((await boot(disk, firmware)).booted, own);
      t.is(decideGrubTry(wants(unwanted), own), null);
      t.deepEqual(await tryOn(disk), wants(unwanted));
    }

    await writeSecondGrub(disk, second, { isDamaged: true });
    await set(asking(wants(version)));
    const damaged = await boot(disk, firmware);
    t.is(damaged.booted, own);
    t.true(damaged.lines.includes(`GRUB ${version} is damaged`));
    t.deepEqual(await tryOn(disk), wants(null, version));

    const none = makeNoProgram();
    await writeSecondGrub(disk, none);
    await set(asking(wants(none.version[firmware])));
    const { booted, lines } = await boot(disk, firmware);
    t.is(booted, own);
    t.true(lines.includes(`GRUB ${none.version[firmware]} could not be started`));
  });
}

for (const firmware of ['bios', 'uefi'] as const) {
  test(`what the agent writes is tried, and made the first; what is no GRUB is not, under ${firmware}`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-kept-'));
    const request = { directory: directory.path, seed: 'one', environment: asking(NO_TRY) };
    const disk = await makeDecisionDisk(commands, request);
    const own = disk.grub[firmware];
    const other = await makeOtherGrub(commands);
    const version = other[firmware]?.version ?? '';
    t.like(await keepGrubOn(disk, own, other), { state: 'waits-for-restart', release: version });
    t.is((await boot(disk, firmware)).booted, version);
    t.like(await keepGrubOn(disk, version, other), { state: 'current', first: { version } });
    t.is((await boot(disk, firmware)).booted, version, 'it is the first');
    t.deepEqual(await tryOn(disk), NO_TRY);
    const text = Buffer.alloc(50_000, 'no program ');
    const none = {
      uefi: { version: 'uefi-00000000000000ee', image: text },
      bios: { version: 'bios-00000000000000ee', core: text, bootSector: Buffer.alloc(512) },
    };
    t.like(await keepGrubOn(disk, version, none), { state: 'waits-for-restart' });
    t.is((await boot(disk, firmware)).booted, version);
    t.like(await keepGrubOn(disk, version, none), { state: 'failed', first: { version } });
  });
}
