import { open } from 'node:fs/promises';
import { openPositional, type OpenedFile } from '../../disk/positional-file.ts';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import { SLOT_RECORDS_BYTES } from '../../disk/slot-records.ts';
import type { NodeGrub } from '../grub/node-grub.ts';
import { openGrub } from '../grub/open-grub.ts';
import { otherSlot } from '../slots/node-state.ts';
import { droppedArguments } from './dropped-arguments.ts';
import type { NodeDevices } from './find-node-disk.ts';
import { findBootFiles } from './boot-files.ts';
import type { NodeDisk } from './node-disk.ts';

export type OpenedNodeDisk = NodeDisk & AsyncDisposable & { readonly grub: NodeGrub };

/**
 * Opens BOOT, and keeps it: while it is held, nobody mounts it, and no file system driver writes to it. Its files are
 * found once; they never move. Records are kept in the first of these files that can be written: a PERSIST that is full,
 * read-only or gone must not keep a node from committing or falling back.
 *
 * @throws KubeosError HOST_NOT_READY when BOOT is mounted, or not as it was made
 */
export async function openNodeDisk(
  devices: NodeDevices,
  recordFiles: readonly string[],
): Promise<OpenedNodeDisk> {
  await using stack = new AsyncDisposableStack();
  const boot = stack.use(
    await openPositional(devices.boot, { isWritable: true, isExclusive: true }),
  );
  const records = stack.use(await openRecords(recordFiles));
  const { booted, root } = devices;
  const standby = root[otherSlot(booted)];
  const { nodeArguments, ...bootFiles } = await findBootFiles(boot);
  const disk = {
    booted,
    records,
    ...bootFiles,
    droppedArguments: async () => await droppedArguments(nodeArguments, devices),
    grub: await openGrub(boot, devices),
    openStandby: async () => await openPositional(standby, { isWritable: true, isExclusive: true }),
    openActive: async () => await openPositional(root[booted]),
    readBack: (bytes: number) => readPastCache(standby, bytes),
  };
  const held = stack.move();
  return { ...disk, [Symbol.asyncDispose]: async () => await held[Symbol.asyncDispose]() };
}

async function openRecords([file, ...others]: readonly string[]): Promise<OpenedFile> {
  if (file === undefined) throw new Error('there is no place for slot records');
  try {
    await makeRecordFile(file);
    return await openPositional(file, { isWritable: true });
  } catch (error) {
    const isOfSystem = error instanceof Error && 'code' in error;
    if (!isOfSystem || others.length === 0) throw error;
    return await openRecords(others);
  }
}

/** All of its bytes are there from the beginning: later a full PERSIST cannot stop a write. */
export async function makeRecordFile(file: string): Promise<void> {
  const isThere = await open(file, 'r').then(
    async (handle) => {
      await using held = handle;
      return (await held.stat()).size === SLOT_RECORDS_BYTES;
    },
    () => false,
  );
  if (isThere) return;
  await replaceFile(file, Buffer.alloc(SLOT_RECORDS_BYTES));
}
