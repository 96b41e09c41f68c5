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
import { makeDecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';
import { makeNoProgram, makeSecondGrub, writeSecondGrub } from './qemu/second-grub.ts';

const commands = hostCommands({ signal: new AbortController().signal });

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
    const boot = async (): Promise<readonly [string | undefined, readonly string[]]> => {
      const { commandLine, lines } = await observeBoot({ firmware, disks: [{ file: disk.file }] });
      return [/ kubeos\.grub=(\S+)/.exec(commandLine ?? '')?.[1], lines];
    };
    const tryOf = async (): Promise<GrubTry> =>
      grubTryOf(parseGrubEnvironment(await bootFilesOn(disk, commands).read('grubenv')).variables);
    const second = await makeSecondGrub(commands);
    const version = second.version[firmware];
    await writeSecondGrub(disk, second);

    await set(asking(wants(version)));
    t.is((await boot())[0], version);
    t.deepEqual(await tryOf(), decideGrubTry(wants(version), own)?.after);
    t.is((await boot())[0], own, 'once');

    // Not for itself, and not for another firmware.
    const others = { uefi: second.version.bios, bios: second.version.uefi };
    for (const unwanted of [own, others[firmware]]) {
      await set(asking(wants(unwanted)));
      t.is((await boot())[0], own);
      t.is(decideGrubTry(wants(unwanted), own), null);
      t.deepEqual(await tryOf(), wants(unwanted));
    }

    await writeSecondGrub(disk, second, { isDamaged: true });
    await set(asking(wants(version)));
    const [booted, said] = await boot();
    t.is(booted, own);
    t.true(said.includes(`GRUB ${version} is damaged`));
    t.deepEqual(await tryOf(), wants(null, version));

    const none = makeNoProgram();
    await writeSecondGrub(disk, none);
    await set(asking(wants(none.version[firmware])));
    const [first, lines] = await boot();
    t.is(first, own);
    t.true(lines.includes(`GRUB ${none.version[firmware]} could not be started`));
  });
}
