import { mkdtempDisposable, open, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { hostCommands } from '../host/run-commands.ts';
import { readGpt } from './gpt.ts';
import { GPT_SECTORS, gptBytes } from './gpt-table.ts';
import { MIB, planLayout, SECTOR, type DiskLayout } from './layout.ts';
import { checkTable, sgdiskCommand } from './sgdisk.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const layoutOf = (persistBytes: number, hasBiosBoot: boolean): DiskLayout =>
  planLayout({
    ...{ arch: 'amd64', bootBytes: 64 * MIB, rootBytes: 100 * MIB, persistBytes, hasBiosBoot },
    seed: `gpt-table/${persistBytes}`,
  });

async function readAt(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file);
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, offset);
  return bytes;
}

async function makeFile(file: string, sizeBytes: number): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.truncate(sizeBytes);
}

const sizes = test.macro(async (t, persistBytes: number, more: number) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-gpt-table-'));
  const disk = path.join(directory.path, 'disk');
  for (const hasBiosBoot of [false, true]) {
    const layout = layoutOf(persistBytes, hasBiosBoot);
    const sizeBytes = layout.sizeBytes + more;
    await makeFile(disk, sizeBytes);
    const table = gptBytes(layout, sizeBytes);
    await commands.run(sgdiskCommand(layout, disk));
    const backupStart = sizeBytes - GPT_SECTORS * SECTOR;
    t.deepEqual(await readAt(disk, 0, SECTOR), Buffer.from(table.protectiveMbr));
    t.deepEqual(await readAt(disk, SECTOR, GPT_SECTORS * SECTOR), Buffer.from(table.primary));
    t.deepEqual(await readAt(disk, backupStart, GPT_SECTORS * SECTOR), Buffer.from(table.backup));
    await t.notThrowsAsync(checkTable(commands, layout, disk));
    await truncate(disk, 0);
    await commands.run({ tool: 'rm', args: [disk] });
  }
});

test('the table is the one that sgdisk writes, to the byte', sizes, 80 * MIB, 0);
test('and where the disk ends between two MiB', sizes, 80 * MIB, 33 * SECTOR);
test('and on a disk of more sectors than the protective MBR can count', sizes, 3 * 2 ** 40, 0);

test('both copies are read back as they were planned, whatever the sizes', (t) => {
  const property = fc.property(
    fc.integer({ min: 1, max: 2 ** 24 }),
    fc.integer({ min: 0, max: 4096 }),
    (persistMiB, moreSectors) => {
      const layout = layoutOf(persistMiB * MIB, true);
      const sizeBytes = layout.sizeBytes + moreSectors * SECTOR;
      const { primary, backup } = gptBytes(layout, sizeBytes);
      const backupStart = sizeBytes - backup.length;
      const read = (offset: number, length: number): Uint8Array =>
        offset < backupStart
          ? primary.subarray(offset - SECTOR, offset - SECTOR + length)
          : backup.subarray(offset - backupStart, offset - backupStart + length);
      const [one, other] = [readGpt(read, 1), readGpt(read, sizeBytes / SECTOR - 1)];
      return (
        one?.isValid === true &&
        other?.isValid === true &&
        one.otherSector === other.ownSector &&
        layout.partitions.every(({ number, guid }) =>
          [one, other].every((table) => table.entries.get(number)?.guid === guid.toUpperCase()),
        )
      );
    },
  );
  t.notThrows(() => fc.assert(property));
});
