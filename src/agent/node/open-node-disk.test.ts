import { mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { SLOT_RECORDS_BYTES } from '../../disk/slot-records.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { settleState } from '../slots/save-state.ts';
import { makeBootPartition } from '../testing/boot-partition.ts';
import { fileDevices } from '../testing/file-devices.ts';
import { commitSlot } from '../upgrade/switch-slot.ts';
import type { NodeDevices } from './find-node-disk.ts';
import { openNodeDisk } from './open-node-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-open-'));
const CLOCK = { bootId: 'boot', now: () => new Date(0) };

/** Slot A is on trial. */
async function makeDevices(directory: string): Promise<NodeDevices> {
  const at = (name: string): string => path.join(directory, name);
  const slots = { order: 'A B', A: { ok: false, tries: 2 }, B: { ok: false, tries: 0 } } as const;
  await makeBootPartition(at('boot'), { slots });
  for (const name of ['a', 'b']) await writeFile(at(name), Buffer.alloc(8192, name));
  return fileDevices(directory);
}

test('what is committed stands in BOOT, where mtools finds it, and in records that never grow', async (t) => {
  await using dir = await temporary();
  const devices = await makeDevices(dir.path);
  const records = path.join(dir.path, 'persist/kubeos/slots.json');
  {
    await using disk = await openNodeDisk(devices, [records]);
    t.is((await settleState(disk, CLOCK)).records.A.state, 'trial');
    await commitSlot({ disk, clock: CLOCK });
    t.is((await settleState(disk, CLOCK)).records.A.state, 'good');
    await using standby = await disk.openStandby();
    t.is(standby.address, devices.root.B);
    await using active = await disk.openActive();
    await t.throwsAsync(active.write(Buffer.alloc(1), 0), { code: 'EBADF' });
  }
  t.is((await stat(records)).size, SLOT_RECORDS_BYTES);
  const copy = path.join(dir.path, 'copy');
  await commands.run({ tool: 'mcopy', args: ['-i', devices.boot, '::/kubeos/grubenv', copy] });
  t.regex(await readFile(copy, 'utf8'), /^A_ok=1$/m);
  await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-n', devices.boot] }));
});

test('where PERSIST cannot be written, records are kept elsewhere, and the node can still commit', async (t) => {
  await using dir = await temporary();
  const devices = await makeDevices(dir.path);
  await mkdir(path.join(dir.path, 'run'));
  const inMemory = path.join(dir.path, 'run/slots.json');
  // Its folder is a file.
  const unwritable = path.join(devices.root.A, 'slots.json');
  await using disk = await openNodeDisk(devices, [unwritable, inMemory]);
  t.is(disk.records.address, inMemory);
  await commitSlot({ disk, clock: CLOCK });
  t.true((await settleState(disk, CLOCK)).environment.A.ok);
});
