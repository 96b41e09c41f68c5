import { mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readGpt, type GptTable } from '../src/disk/gpt.ts';
import { MIB, SECTOR, planLayout } from '../src/disk/layout.ts';
import { crashStates } from './grow-persist/crash-states.ts';
import {
  commands,
  diskToGrow,
  growPersist,
  GROWN_BYTES,
  LAYOUT,
  readAfterCut,
  recordGrowth,
  SCRIPT,
  writeAfterCut,
  type Recorded,
} from './grow-persist/disk-to-grow.ts';
import { JUDGES, type DiskUnderJudgement } from './grow-persist/judges.ts';
import { recordingDd } from './grow-persist/recording-dd.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grow-'));
const LAST_SECTOR = GROWN_BYTES / SECTOR - 1;

function tableAt(disk: Buffer, sector: number): GptTable {
  const table = readGpt((offset, length) => disk.subarray(offset, offset + length), sector);
  if (table === undefined) throw new Error(`no table at sector ${sector}`);
  return table;
}

test('PERSIST takes what the disk has grown by, and nothing else changes', async (t) => {
  await using directory = await temporary();
  const { before, after, exitCode, output } = await recordGrowth(directory.path);
  t.is(exitCode, 0);
  t.regex(output, /has 7 MiB, before 2 MiB\n$/);
  const old = tableAt(before, 1);
  const primary = tableAt(after, 1);
  const backup = tableAt(after, LAST_SECTOR);
  t.true(primary.isValid);
  t.true(backup.isValid);
  t.deepEqual(backup.entries, primary.entries);
  t.is(primary.otherSector, LAST_SECTOR);
  t.is(primary.lastUsable, LAST_SECTOR - 33);
  t.is(primary.diskGuid, old.diskGuid);
  // It ends on a whole MiB, and the backup table takes the 33 sectors behind it.
  t.is(primary.entries.get(4)?.lastSector, (11 * MIB) / SECTOR - 1);
  for (const number of [1, 2, 3, 5]) {
    t.deepEqual(primary.entries.get(number), old.entries.get(number));
  }
});

test('sgdisk and sfdisk find no fault with the grown disk', async (t) => {
  await using directory = await temporary();
  const disk = path.join(directory.path, 'disk');
  await diskToGrow(disk);
  await growPersist(disk);
  const sgdisk = await commands.run({ tool: 'sgdisk', args: ['--verify', disk] });
  t.regex(sgdisk.stdout, /No problems found/);
  const sfdisk = await commands.run({ tool: 'sfdisk', args: ['--verify', disk] });
  t.regex(sfdisk.stdout, /No errors detected/);
});

test('a disk that has not grown is not written to', async (t) => {
  await using directory = await temporary();
  const disk = path.join(directory.path, 'disk');
  await diskToGrow(disk);
  await truncate(disk, LAYOUT.sizeBytes);
  const before = await readFile(disk);
  const recorder = await recordingDd(directory.path, disk);
  t.deepEqual(await growPersist(disk, { recorder }), { exitCode: 0, output: '' });
  t.deepEqual(await recorder.writes(), []);
  t.true(before.equals(await readFile(disk)));
});

test('after a cut at any moment firmware, GRUB and Linux still find every partition', async (t) => {
  await using directory = await temporary();
  const recorded = await recordGrowth(directory.path);
  const faults = faultsOf(recorded);
  t.deepEqual(faults.found, []);
  // 33 sectors of backup in 66 ways, and three single sectors, each there or not.
  t.true(faults.judged >= 72, `${faults.judged} states were judged`);
});

test('run again after a cut at any moment, it ends with the same disk', async (t) => {
  await using directory = await temporary();
  const { before, after, writes } = await recordGrowth(directory.path);
  const disk = path.join(directory.path, 'cut');
  for (const state of crashStates(writes)) {
    await writeAfterCut(disk, before, state);
    const { exitCode, output } = await growPersist(disk);
    t.is(exitCode, 0, `${state.name}: ${output}`);
    t.true(after.equals(await readFile(disk)), state.name);
  }
});

test('the judges find the fault of a script that writes the primary table first', async (t) => {
  await using directory = await temporary();
  const script = await changedScript(directory.path, (text) => {
    const backup = '  replace old-backup backup "$backup_start"\n';
    const last = '  replace mbr new-mbr 0\n';
    return text.replace(backup, '').replace(last, `${last}${backup}`);
  });
  const recorded = await recordGrowth(directory.path, script);
  t.is(recorded.exitCode, 0);
  const { found } = faultsOf(recorded);
  t.true(found.some((fault) => fault.startsWith('linux: neither table is valid')));
  t.true(found.some((fault) => fault.startsWith('firmware: neither table is valid')));
});

test('the judges find the fault of a script that does not flush between its steps', async (t) => {
  await using directory = await temporary();
  const script = await changedScript(directory.path, (text) =>
    text.replace('conv=notrunc,fsync', 'conv=notrunc'),
  );
  const { found } = faultsOf(await recordGrowth(directory.path, script));
  t.true(found.some((fault) => fault.startsWith('linux: neither table is valid')));
});

test('the judges find the fault of a script that changes another entry', async (t) => {
  await using directory = await temporary();
  const script = await changedScript(directory.path, (text) =>
    text.replace('head -c 424', 'head -c 296').replace('tail -c +433', 'tail -c +305'),
  );
  const { found } = faultsOf(await recordGrowth(directory.path, script));
  t.true(found.some((fault) => fault.startsWith('grub: entry 3 has changed')));
});

const refusal = test.macro<[damage: (disk: string) => Promise<unknown>, reason: RegExp]>(
  async (t, damage, reason) => {
    await using directory = await temporary();
    const disk = path.join(directory.path, 'disk');
    await diskToGrow(disk);
    await damage(disk);
    const before = await readFile(disk);
    const { exitCode, output } = await growPersist(disk);
    t.is(exitCode, 1);
    t.regex(output, reason);
    t.true(before.equals(await readFile(disk)));
  },
);

const sgdisk = async (disk: string, ...args: string[]) =>
  await commands.run({ tool: 'sgdisk', args: [...args, disk] });

test(
  'refuses a disk whose partition 4 is not named PERSIST',
  refusal,
  async (disk) => {
    await sgdisk(disk, '--change-name=4:PERSIST2');
    await truncate(disk, GROWN_BYTES + MIB);
  },
  /not named PERSIST/,
);

test(
  'refuses a disk whose partition 4 is of another type',
  refusal,
  async (disk) => {
    await sgdisk(disk, '--typecode=4:8300');
    await truncate(disk, GROWN_BYTES + MIB);
  },
  /not of the type of PERSIST/,
);

test(
  'refuses a disk with a further partition',
  refusal,
  async (disk) => {
    await sgdisk(disk, '--move-second-header', '--new=6:12288:+1M');
    await truncate(disk, GROWN_BYTES + MIB);
  },
  /further partitions/,
);

test(
  'refuses a disk whose partition 4 is not the last',
  refusal,
  async (disk) => {
    await sgdisk(disk, '--move-second-header', '--delete=3', '--new=3:14336:+1M');
    await truncate(disk, GROWN_BYTES + MIB);
  },
  /partition 3 lies behind partition 4/,
);

test(
  'refuses a disk that is smaller than its table says',
  refusal,
  async (disk) => {
    await truncate(disk, LAYOUT.sizeBytes - 2 * MIB);
  },
  /smaller than its partition table says/,
);

test(
  'refuses a disk without partition table',
  refusal,
  async (disk) => {
    await writeFile(disk, Buffer.alloc(4 * MIB));
  },
  /no valid partition table/,
);

test('grows a disk without BIOS boot partition, too', async (t) => {
  await using directory = await temporary();
  const disk = path.join(directory.path, 'disk');
  const mib = { bootBytes: MIB, rootBytes: MIB, persistBytes: MIB };
  await diskToGrow(disk, planLayout({ arch: 'arm64', ...mib, hasBiosBoot: false, seed: 'other' }));
  t.is((await growPersist(disk)).exitCode, 0);
  t.true(tableAt(await readFile(disk), 1).isValid);
});

/** What each judge finds wrong in each state that a cut can leave. */
function faultsOf(recorded: Recorded): { readonly found: string[]; readonly judged: number } {
  const before = tableAt(recorded.before, 1);
  const states = [...crashStates(recorded.writes)];
  const found = states.flatMap((state) => {
    const readDisk = readAfterCut(recorded.before, state);
    return faultsIn({ readDisk, lastSector: LAST_SECTOR, before }).map(
      (fault) => `${fault} ${state.name}`,
    );
  });
  return { found, judged: states.length };
}

function faultsIn(disk: DiskUnderJudgement): string[] {
  return Object.entries(JUDGES).flatMap(([name, judge]) => {
    const fault = judge(disk);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

/** The teeth of the judges: a script with a fault put into it. */
async function changedScript(directory: string, change: (text: string) => string): Promise<string> {
  const text = await readFile(SCRIPT, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('the script was not changed');
  const file = path.join(directory, 'changed-script');
  await writeFile(file, changed);
  return file;
}
