import { mkdtempDisposable, open, readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { readGpt, type GptTable } from './gpt.ts';
import { MIB, planLayout, SECTOR, type PartitionRole } from './layout.ts';
import { sgdiskCommand } from './sgdisk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-gpt-'));
const LAYOUT = planLayout({
  arch: 'amd64',
  bootBytes: MIB,
  rootBytes: 2 * MIB,
  persistBytes: MIB,
  hasBiosBoot: true,
  seed: 'gpt',
});

async function makeDisk(directory: string): Promise<Buffer> {
  const disk = path.join(directory, 'disk');
  await using file = await open(disk, 'w');
  await file.close();
  await truncate(disk, LAYOUT.sizeBytes);
  await commands.run(sgdiskCommand(LAYOUT, disk));
  return await readFile(disk);
}

function tableAt(disk: Buffer, sector: number): GptTable | undefined {
  return readGpt((offset, length) => disk.subarray(offset, offset + length), sector);
}

const ATTRIBUTES: ReadonlyMap<PartitionRole, bigint> = new Map([
  ['root-a', 0x1000_0000_0000_0000n],
  ['root-b', 0x9000_0000_0000_0000n],
]);

test('reads both copies of a table that sgdisk has written', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path);
  const last = LAYOUT.sizeBytes / SECTOR - 1;
  const primary = tableAt(disk, 1);
  const backup = tableAt(disk, last);
  t.true(primary?.isValid);
  t.true(backup?.isValid);
  t.is(primary?.diskGuid, LAYOUT.diskGuid.toUpperCase());
  t.is(primary?.otherSector, last);
  t.deepEqual(
    [...(primary?.entries ?? [])],
    LAYOUT.partitions.map((partition) => [
      partition.number,
      {
        typeGuid: partition.typeGuid,
        guid: partition.guid.toUpperCase(),
        firstSector: partition.startBytes / SECTOR,
        lastSector: (partition.startBytes + partition.sizeBytes) / SECTOR - 1,
        attributes: ATTRIBUTES.get(partition.role) ?? 0n,
        name: partition.label,
      },
    ]),
  );
  t.deepEqual(backup?.entries, primary?.entries);
});

test('a changed bit anywhere in header or entries makes a table invalid', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path);
  for (const offset of [SECTOR + 20, SECTOR + 48, SECTOR + 91, 2 * SECTOR, 33 * SECTOR + 511]) {
    const damaged = Buffer.from(disk);
    damaged.writeUInt8(damaged.readUInt8(offset) ^ 1, offset);
    t.false(tableAt(damaged, 1)?.isValid, `byte ${offset}`);
  }
});

test('there is no table where there is no header, or no disk', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path);
  t.is(tableAt(disk, 2), undefined);
  t.is(tableAt(disk, LAYOUT.sizeBytes / SECTOR), undefined);
});
