import { hash } from 'node:crypto';
import { emptySlotFiles } from '../../disk/slot-files.ts';
import type { SlotRecord } from '../../disk/slot-records.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import { BLOCK_BYTES, type BlockTable } from '../../release/block-table.ts';
import type { FetchReport } from '../../release/fetch/fetch-release.ts';
import type { Target } from '../../release/fetch/target.ts';
import { matches } from '../../release/fetch/block-writer.ts';
import type { Manifest } from '../../release/manifest.ts';
import type { NodeDisk, SlotFiles } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { otherSlot } from '../slots/node-state.ts';
import { saveState, settleState } from '../slots/save-state.ts';
import { beginWriting, finishWriting } from '../slots/transitions.ts';
import { refusePrepare, type PrepareQuestion } from './refuse-prepare.ts';

/** A release whose manifest, block table and boot files were verified. */
export interface VerifiedRelease {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly table: BlockTable;
  readonly bootFiles: { readonly configuration: Uint8Array; readonly sums: Uint8Array };
}

export interface PrepareRequest {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  readonly arch: Manifest['arch'];
  readonly release: VerifiedRelease;
  readonly allow: Pick<PrepareQuestion, 'allowOlder' | 'allowFailed'>;
  /** Makes the target hold the image; what is right already is not written. */
  readonly fill: (target: Target) => Promise<FetchReport>;
  readonly onPhase: (phase: PreparePhase) => void;
}

export type PreparePhase = 'writing' | 'reading-back';

/** Null where the standby slot held the release already. */
export type PrepareResult = FetchReport | null;

/**
 * Writes a release to the standby slot (contract section 2, order of writes). Whatever stops it, the same call goes on
 * from there, and until it has ended the slot is recorded as empty and GRUB does not choose it.
 *
 * @throws KubeosError REFUSED before anything was changed; what `fill` throws; HOST_NOT_READY when the disk does not
 * give back what was written
 */
export async function prepareSlot(request: PrepareRequest): Promise<PrepareResult> {
  const { disk, clock, release } = request;
  const state = await settleState(disk, clock);
  const at = { booted: disk.booted, now: clock.now() };
  const standby = otherSlot(disk.booted);
  if (await holdsIt(request, state.records[standby])) return null;
  const question = { ...request, ...request.allow, state, booted: disk.booted };
  const refused = refusePrepare({ ...question, standbyBytes: await standbyBytes(disk) });
  if (refused !== null) throw refused;
  const writing = beginWriting(state, recorded(release), at);
  await saveState(disk, state, writing);
  await writeSlotFiles(disk.slotFiles[standby], emptySlotFiles());
  const report = await writeRoot(request);
  await writeSlotFiles(disk.slotFiles[standby], release.bootFiles);
  await saveState(disk, writing, finishWriting(writing, { ...at, now: clock.now() }));
  return report;
}

/** A slot that was good a while ago is looked at before it is believed. */
async function holdsIt(request: PrepareRequest, has: SlotRecord): Promise<boolean> {
  if (has.release?.digest !== request.release.digest) return false;
  if (has.state === 'written') return true;
  return has.state === 'good' && (await wrongBlock(request)) === null;
}

function recorded({ digest, manifest }: VerifiedRelease) {
  const { version, epoch, securityFloor, image } = manifest;
  return {
    digest,
    version,
    epoch,
    securityFloor,
    image: { size: image.size, sha256: image.sha256 },
  };
}

async function standbyBytes(disk: NodeDisk): Promise<number> {
  await using standby = await disk.openStandby();
  return standby.size;
}

/** A disk that lost something once gets a second chance: what it gives back wrong is fetched and written again. */
async function writeRoot(request: PrepareRequest): Promise<FetchReport> {
  const report = await fillStandby(request);
  if ((await wrongBlock(request)) === null) return report;
  await fillStandby(request);
  const block = await wrongBlock(request);
  if (block === null) return report;
  const message = `block ${block} of the standby slot does not read back as it was written`;
  throw new KubeosError('HOST_NOT_READY', message, { hint: 'replace the disk of this node' });
}

async function fillStandby({ disk, fill, onPhase }: PrepareRequest): Promise<FetchReport> {
  onPhase('writing');
  // Closing a block device drops what the page cache has of it: the next one to open it sees the disk.
  await using standby = await disk.openStandby();
  return await fill({ ...standby, isBlank: false });
}

/** The first block that is not stored as it should be, or null. */
async function wrongBlock({ disk, release, onPhase }: PrepareRequest): Promise<number | null> {
  onPhase('reading-back');
  const { table } = release;
  let index = 0;
  for await (const chunk of disk.readBack(table.imageBytes)) {
    for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
      if (!matches(table, index, chunk.subarray(start, start + BLOCK_BYTES))) return index;
      index += 1;
    }
  }
  return index === table.blocks.length ? null : index;
}

/** In place, one after the other, each flushed and read back. */
async function writeSlotFiles(
  files: SlotFiles,
  content: VerifiedRelease['bootFiles'],
): Promise<void> {
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
