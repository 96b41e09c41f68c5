import type { SlotRecord } from '../../disk/slot-records.ts';
import { KubeosError } from '../../errors.ts';
import { BLOCK_BYTES, type BlockTable } from '../../release/block-table.ts';
import type { FetchReport } from '../../release/fetch/fetch-release.ts';
import type { Target } from '../../release/fetch/target.ts';
import { matches } from '../../release/fetch/block-writer.ts';
import type { Manifest } from '../../release/manifest.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { otherSlot } from '../slots/node-state.ts';
import { settleState } from '../slots/save-state.ts';
import { replaceStandby, type BootFiles } from './replace-standby.ts';
import { refusePrepare, type PrepareQuestion } from './refuse-prepare.ts';

/** A release whose manifest, block table and boot files were verified. */
export interface VerifiedRelease {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly table: BlockTable;
  readonly bootFiles: BootFiles;
}

export interface PrepareRequest {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  readonly arch: Manifest['arch'];
  readonly image: string | null;
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
  const standby = otherSlot(disk.booted);
  if (await holdsIt(request, state.records[standby])) return null;
  const question = { ...request, ...request.allow, state, booted: disk.booted };
  const refused = refusePrepare({ ...question, standbyBytes: await standbyBytes(disk) });
  if (refused !== null) throw refused;
  return await replaceStandby(request, state, {
    release: recorded(release),
    write: async () => await writeRoot(request),
    finished: () => ({ release: recorded(release), bootFiles: release.bootFiles }),
  });
}

/** A slot that was good a while ago is looked at before it is believed. */
async function holdsIt(request: PrepareRequest, has: SlotRecord): Promise<boolean> {
  if (has.release?.digest !== request.release.digest) return false;
  // An activated one is asked for again by who was cut off after that.
  if (has.state === 'written' || has.state === 'trial') return true;
  return has.state === 'good' && (await wrongBlock(request)) === null;
}

function recorded({ digest, manifest }: VerifiedRelease) {
  const { version, epoch, securityFloor, dataEpoch, kubelet, image } = manifest;
  return {
    digest,
    version,
    epoch,
    securityFloor,
    ...(dataEpoch !== undefined && { dataEpoch }),
    ...(kubelet !== undefined && { kubelet }),
    image: { size: image.size, sha256: image.sha256 },
  };
}

export async function standbyBytes(disk: NodeDisk): Promise<number> {
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
