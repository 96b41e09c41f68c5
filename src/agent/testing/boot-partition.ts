import { mkdtempDisposable, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubVariablesOf, type SlotEnvironment } from '../../disk/grub-environment-slots.ts';
import { mkfsFat32 } from '../../disk/mkfs.ts';
import { emptySlotFiles } from '../../disk/slot-files.ts';
import { hostCommands } from '../../host/run-commands.ts';

const commands = hostCommands({ signal: new AbortController().signal });

export interface BootContent {
  readonly slots: SlotEnvironment;
  /** What slot A holds; slot B is empty. */
  readonly slotA?: { readonly configuration: Uint8Array; readonly sums: Uint8Array };
}

/** BOOT in a file of its own, as mkfs.vfat and mtools make it. */
export async function makeBootPartition(
  file: string,
  { slots, slotA = emptySlotFiles() }: BootContent,
): Promise<void> {
  await using scratch = await mkdtempDisposable(`${file}.files-`);
  await writeFile(file, '');
  await truncate(file, 40 * 2 ** 20);
  await commands.run(mkfsFat32(file, 'BOOT', '12345678'));
  await commands.run({ tool: 'mmd', args: ['-i', file, '::/kubeos'] });
  const slotB = emptySlotFiles();
  for (const [name, bytes] of [
    ['grubenv', serialiseGrubEnvironment(grubVariablesOf(slots))],
    ['slot-A.cfg', slotA.configuration],
    ['slot-A.sum', slotA.sums],
    ['slot-B.cfg', slotB.configuration],
    ['slot-B.sum', slotB.sums],
  ] as const) {
    const copy = path.join(scratch.path, name);
    await writeFile(copy, bytes);
    await commands.run({ tool: 'mcopy', args: ['-i', file, copy, `::/kubeos/${name}`] });
  }
}
