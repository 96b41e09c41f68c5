import { mkdtempDisposable, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseGrubEnvironment, serialiseGrubEnvironment } from '../../src/disk/grub-environment.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type SlotEnvironment,
} from '../../src/disk/grub-environment-slots.ts';
import { findInFat } from '../../src/disk/fat-extent.ts';
import { partitionOf, type PartitionRole } from '../../src/disk/layout.ts';
import { openPositional, partOf } from '../../src/disk/positional-file.ts';
import { writeAll } from '../../src/disk/write-at.ts';
import { commands, LAYOUT } from './testbed.ts';

const BOOT_OFFSET = partitionOf(LAYOUT, 'boot').startBytes;

/** Reads a file of BOOT, with mtools on the disk itself. */
export async function readBootFile(disk: string, name: string): Promise<Uint8Array> {
  await using scratch = await mkdtempDisposable(`${disk}.read-`);
  const copy = path.join(scratch.path, 'copy');
  await commands.run({
    tool: 'mcopy',
    args: ['-i', `${disk}@@${BOOT_OFFSET}`, `::/${name}`, copy],
  });
  return await readFile(copy);
}

export async function writeBootFile(disk: string, name: string, bytes: Uint8Array): Promise<void> {
  await using scratch = await mkdtempDisposable(`${disk}.write-`);
  const copy = path.join(scratch.path, 'copy');
  await writeFile(copy, bytes);
  const args = ['-o', '-i', `${disk}@@${BOOT_OFFSET}`, copy, `::/${name}`];
  await commands.run({ tool: 'mcopy', args });
}

/** Puts credentials into their folder on BOOT, as a person would (docs/guides/first-boot.md). */
export async function writeCredentials(
  disk: string,
  credentials: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ['-i', `${disk}@@${BOOT_OFFSET}`, '::/kubeos/credentials'];
  await commands.run({ tool: 'mmd', args });
  for (const [name, text] of Object.entries(credentials)) {
    await writeBootFile(disk, `kubeos/credentials/${name}`, Buffer.from(text));
  }
}

/** Lets the directory entry of a file on BOOT name a first cluster behind the end of the file system. */
export async function loseBootFile(disk: string, name: string): Promise<void> {
  await using file = await openPositional(disk, { isWritable: true });
  const { startBytes, sizeBytes } = partitionOf(LAYOUT, 'boot');
  const boot = partOf(file, startBytes, sizeBytes);
  const { entryOffset } = await findInFat(boot, name);
  // Of a cluster's number the entry has the upper half at 20 (FAT file system specification 1.03).
  await boot.write(Buffer.from([0xff, 0x0f]), entryOffset + 20);
}

export async function readSlots(disk: string): Promise<SlotEnvironment> {
  const parsed = parseGrubEnvironment(await readBootFile(disk, 'kubeos/grubenv'));
  if (parsed.kind === 'damaged') throw new Error(`the block is damaged: ${parsed.reason}`);
  return slotEnvironmentOf(parsed.variables);
}

export async function writeSlots(disk: string, environment: SlotEnvironment): Promise<void> {
  const block = serialiseGrubEnvironment(grubVariablesOf(environment));
  await writeBootFile(disk, 'kubeos/grubenv', block);
}

/** What an upgrade would have done: slot B holds what slot A holds, and is on trial. */
export async function putOnTrialInB(disk: string, tries: 1 | 2 | 3): Promise<void> {
  await copyPartition(disk, 'root-a', 'root-b');
  for (const kind of ['cfg', 'sum']) {
    const file = await readBootFile(disk, `kubeos/slot-A.${kind}`);
    await writeBootFile(disk, `kubeos/slot-B.${kind}`, file);
  }
  await writeSlots(disk, { order: 'B A', A: { ok: true, tries: 0 }, B: { ok: false, tries } });
}

async function copyPartition(disk: string, from: PartitionRole, to: PartitionRole): Promise<void> {
  const [source, target] = [partitionOf(LAYOUT, from), partitionOf(LAYOUT, to)];
  await using file = await open(disk, 'r+');
  const block = Buffer.alloc(2 ** 20);
  for (let position = 0; position < source.sizeBytes; position += block.length) {
    await file.read(block, 0, block.length, source.startBytes + position);
    await writeAll(file, block, target.startBytes + position);
  }
}

/** Overwrites the first block of a file in a slot's root file system, behind everyone's back. */
export async function damageFile(
  disk: string,
  slot: 'root-a' | 'root-b',
  name: string,
): Promise<void> {
  const { startBytes } = partitionOf(LAYOUT, slot);
  const { stdout } = await commands.run({
    tool: 'debugfs',
    args: ['-R', `blocks ${name}`, `${disk}?offset=${startBytes}`],
  });
  const block = Number(stdout.trim().split(/\s+/)[0]);
  if (!Number.isSafeInteger(block) || block === 0)
    throw new Error(`no blocks of ${name}: ${stdout}`);
  await using file = await open(disk, 'r+');
  await writeAll(file, Buffer.alloc(4096, 'damage '), startBytes + block * 4096);
}
