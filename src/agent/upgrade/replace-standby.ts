import { hash } from 'node:crypto';
import type { PositionalFile } from '../../disk/positional-file.ts';
import { emptySlotFiles } from '../../disk/slot-files.ts';
import type { RecordedRelease } from '../../disk/slot-records.ts';
import { KubeosError } from '../../errors.ts';
import type { NodeDisk, SlotFiles } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { otherSlot, type NodeState } from '../slots/node-state.ts';
import { saveState } from '../slots/save-state.ts';
import { beginWriting, finishWriting } from '../slots/transitions.ts';

/** `slot-X.cfg` and `slot-X.sum`. */
export interface BootFiles {
  readonly configuration: Uint8Array;
  readonly sums: Uint8Array;
}

/** What comes into the standby slot. */
export interface NewRoot<Report> {
  /** As far as it is known before. */
  readonly release: RecordedRelease;
  /** Writes the root partition, and reads it back. */
  readonly write: () => Promise<Report>;
  /** What is known once it is written. */
  readonly finished: () => { readonly release: RecordedRelease; readonly bootFiles: BootFiles };
}

/**
 * Replaces what the standby slot holds (contract section 2, order of writes): until it has ended the slot is recorded as
 * empty, and GRUB does not choose it.
 *
 * @throws what `write` throws; KubeosError HOST_NOT_READY when BOOT does not keep what is written
 */
export async function replaceStandby<Report>(
  { disk, clock }: { readonly disk: NodeDisk; readonly clock: NodeClock },
  state: NodeState,
  root: NewRoot<Report>,
): Promise<Report> {
  const standby = otherSlot(disk.booted);
  const at = { booted: disk.booted, now: clock.now() };
  const writing = beginWriting(state, root.release, at);
  await saveState(disk, state, writing);
  await writeSlotFiles(disk.slotFiles[standby], emptySlotFiles());
  const report = await root.write();
  const { release, bootFiles } = root.finished();
  await writeSlotFiles(disk.slotFiles[standby], bootFiles);
  const written = finishWriting(writing, release, { ...at, now: clock.now() });
  await saveState(disk, writing, written);
  return report;
}

/** In place, one after the other, each flushed and read back. */
async function writeSlotFiles(files: SlotFiles, content: BootFiles): Promise<void> {
  await writeWhole(files.configuration, content.configuration);
  await writeWhole(files.sums, content.sums);
}

async function writeWhole(file: PositionalFile, bytes: Uint8Array): Promise<void> {
  if (bytes.length !== file.size) {
    const message = `a boot file of ${bytes.length} bytes for a place of ${file.size}`;
    throw new KubeosError('RELEASE_INVALID', message, { hint: 'build the release anew' });
  }
  await file.write(bytes, 0);
  await file.flush();
  const stored = Buffer.alloc(bytes.length);
  await file.read(stored, 0);
  if (hash('sha256', stored) === hash('sha256', bytes)) return;
  throw new KubeosError('HOST_NOT_READY', `BOOT (${file.address}) does not keep what is written`, {
    hint: 'replace the disk of this node',
  });
}
