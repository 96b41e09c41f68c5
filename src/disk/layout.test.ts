import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { MIB, partitionOf, planLayout, type LayoutRequest } from './layout.ts';
import { checkTable, sgdiskCommand } from './sgdisk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const request: LayoutRequest = {
  arch: 'amd64',
  bootBytes: 64 * MIB,
  rootBytes: 100 * MIB,
  persistBytes: 80 * MIB,
  hasBiosBoot: true,
  seed: 'test/amd64',
};

test('persist is last on the disk and BIOS boot keeps the numbers of the four', (t) => {
  const layout = planLayout(request);
  t.deepEqual(
    layout.partitions.map(({ number, label }) => `${number} ${label}`),
    ['1 BOOT', '2 ROOT-A', '3 ROOT-B', '4 PERSIST', '5 BIOS-BOOT'],
  );
  const persist = partitionOf(layout, 'persist');
  t.true(layout.partitions.every(({ startBytes }) => startBytes <= persist.startBytes));
  t.is(persist.startBytes + persist.sizeBytes + MIB, layout.sizeBytes);
});

test('the same seed gives the same identifiers, another one gives others', (t) => {
  t.deepEqual(planLayout(request), planLayout(request));
  const other = planLayout({ ...request, seed: 'other/amd64' });
  t.not(other.diskGuid, planLayout(request).diskGuid);
  t.not(partitionOf(other, 'root-a').guid, partitionOf(other, 'root-b').guid);
});

for (const arch of ['amd64', 'arm64'] as const) {
  test(`sgdisk writes the ${arch} table as planned, and sfdisk agrees`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-layout-'));
    const disk = path.join(directory.path, 'disk.raw');
    const layout = planLayout({ ...request, arch, hasBiosBoot: arch === 'amd64' });
    await createSparse(disk, layout.sizeBytes);
    await commands.run(sgdiskCommand(layout, disk));
    await t.notThrowsAsync(checkTable(commands, layout, disk));
    const verified = await commands.run({ tool: 'sfdisk', args: ['--verify', disk] });
    t.regex(verified.stdout, /No errors detected/);
  });
}

test('a table that differs from the plan is found out', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-layout-'));
  const disk = path.join(directory.path, 'disk.raw');
  const layout = planLayout(request);
  await createSparse(disk, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, disk));
  await commands.run({ tool: 'sgdisk', args: ['--change-name=2:OTHER', disk] });
  const error = await t.throwsAsync(checkTable(commands, layout, disk));
  t.like(error, { code: 'BUILD_CHECK_FAILED' });
  t.regex(error?.message ?? '', /partition 2 .* expected "Partition name: 'ROOT-A'"/);
});

async function createSparse(file: string, sizeBytes: number): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.truncate(sizeBytes);
}
