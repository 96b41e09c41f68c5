import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { decideSlot } from '../src/disk/grub-environment-decision.ts';
import { canGrubSave } from '../src/disk/grub-environment-lines.ts';
import { grubVariablesOf, slotEnvironmentOf } from '../src/disk/grub-environment-slots.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../src/disk/grub-environment.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bootFilesOn } from './qemu/boot-files-on-disk.ts';
import { makeDecisionDisk } from './qemu/decision-disk.ts';
import { observeBoot } from './qemu/observe-boot.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const TRIAL = grubVariablesOf({
  order: 'B A',
  A: { ok: true, tries: 0 },
  B: { ok: false, tries: 3 },
});
const block = (): Buffer => Buffer.from(serialiseGrubEnvironment(TRIAL));

/** Blocks that nobody of ours writes, and of which GRUB reads a part. */
const HALF_READ: Readonly<Record<string, (block: Buffer) => void>> = {
  'a byte that is no text behind the variables': (block) => block.writeUInt8(0xff, 600),
  'a NUL behind the variables': (block) => block.writeUInt8(0, 600),
  'an end of line at the end': (block) => block.writeUInt8(0x0a, 1023),
  'an empty line before the counters': (block) => block.write('\nA_ok=1\n', block.indexOf('A_ok')),
  'an empty line before the tries': (block) =>
    block.write('\nB_tries=3\n', block.indexOf('B_tries')),
  'a commented counter': (block) => block.write('#', block.indexOf('A_ok')),
  'a counter without a name': (block) => block.write('=', block.indexOf('B_tries=')),
  'a counter with a NUL behind it': (block) => block.write('3\0\n', block.indexOf('3\n')),
  'a counter twice': (block) => block.write('B_tries=1\n', block.indexOf('B_tries=3\n') + 10),
  'an escaped counter': (block) => block.write('\\2\n', block.indexOf('3\n')),
};

test('what GRUB makes of a block that is half damaged is what the model makes of it', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-half-read-'));
  const request = { directory: directory.path, seed: 'one', environment: block() };
  const disk = await makeDecisionDisk(commands, request);
  const files = bootFilesOn(disk, commands);
  for (const [what, damage] of Object.entries(HALF_READ)) {
    const damaged = block();
    damage(damaged);
    await files.write('grubenv', damaged);
    const boot = await observeBoot({ firmware: 'bios', disks: [{ file: disk.file }] });
    const slots = slotEnvironmentOf(parseGrubEnvironment(damaged).variables);
    const [first] = decideSlot(slots, canGrubSave(damaged));
    t.deepEqual(boot.attempts, [first], what);
    t.is(boot.commandLine?.[0], first?.slot, what);
    const text = (await files.read('grubenv')).toString('latin1');
    if (first?.kind === 'trial') t.true(text.includes(`B_tries=${first.triesLeft}\n`), what);
    else t.deepEqual(Buffer.from(text, 'latin1'), damaged, what);
  }
});
