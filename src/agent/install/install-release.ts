import { createHash } from 'node:crypto';
import type { Extent } from '../../disk/fat-extent.ts';
import { MIB, partitionOf, SECTOR } from '../../disk/layout.ts';
import type { PlacedBytes } from '../../disk/placed-bytes.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';
import type { InstallPlan } from './plan-install.ts';
import { UNFINISHED } from './read-content.ts';

export interface InstallTarget {
  readonly disk: PositionalFile;
  /** What is stored, past the page cache; a chunk is valid until the next but one. */
  readBack(extent: Extent): AsyncIterable<Uint8Array>;
  /** Makes the file system of PERSIST, in its place. */
  makePersist(plan: InstallPlan): Promise<void>;
}

export type InstallPhase =
  'clearing' | 'persist' | 'root' | 'reading-back' | 'boot' | 'partition-table' | 'done';

export interface Installation {
  readonly plan: InstallPlan;
  readonly target: InstallTarget;
  /** The root image that runs; a chunk is valid until the next but one. */
  readonly image: AsyncIterable<Uint8Array>;
  readonly expected: { readonly size: number; readonly sha256: string };
  readonly signal: AbortSignal;
  /** @param done bytes of the phase, of so many */
  readonly report: (phase: InstallPhase, done?: number, of?: number) => void;
}

/**
 * Writes the disk. From the first write to the last its first sector says that it is not finished, and nothing starts from
 * it; the same again completes it, wherever it was cut.
 *
 * @throws KubeosError RELEASE_INVALID when what runs is damaged, HOST_NOT_READY when the disk does not give back what was
 * written, CANCELLED
 */
export async function installRelease(installation: Installation): Promise<void> {
  const { plan, target, report } = installation;
  const { table } = plan;
  report('clearing');
  await writeThrough(target.disk, [{ offsetBytes: 0, bytes: UNFINISHED }]);
  for (const extent of plan.wiped) await writeZeros(target.disk, extent);
  await target.disk.flush();
  report('persist');
  await target.makePersist(plan).catch((error: unknown) => {
    // Told to stop, its programs are too.
    assertGoesOn(installation);
    throw error;
  });
  await writeRoot(installation);
  report('boot');
  await writeChecked(target, plan.boot);
  report('partition-table');
  const backupStart = target.disk.size - table.backup.length;
  await writeChecked(target, [{ offsetBytes: backupStart, bytes: table.backup }]);
  await writeChecked(target, [{ offsetBytes: SECTOR, bytes: table.primary }]);
  assertGoesOn(installation);
  await writeChecked(target, [plan.firstSector]);
  report('done');
}

async function writeZeros(disk: PositionalFile, { offset, length }: Extent): Promise<void> {
  const zeros = Buffer.alloc(Math.min(length, MIB));
  for (let done = 0; done < length; done += zeros.length) {
    await disk.write(zeros.subarray(0, length - done), offset + done);
  }
}

/** So much may be on its way to the disk: a slow one must not fill the machine's memory. */
const FLUSH_BYTES = 64 * MIB;

/** Copies the root image into slot A; its sum must be the release's on the way out and when it is read back. */
async function writeRoot(installation: Installation): Promise<void> {
  const { plan, target, image, expected, report } = installation;
  const { startBytes } = partitionOf(plan.layout, 'root-a');
  const copied = createHash('sha256');
  let done = 0;
  let flushed = 0;
  for await (const chunk of image) {
    assertGoesOn(installation);
    copied.update(chunk);
    await target.disk.write(chunk, startBytes + done);
    done += chunk.length;
    if (done - flushed >= FLUSH_BYTES) {
      await target.disk.flush();
      flushed = done;
    }
    report('root', done, expected.size);
  }
  await target.disk.flush();
  if (copied.digest('hex') !== expected.sha256) throw damagedSource();
  await readRootBack(installation, startBytes);
}

async function readRootBack(installation: Installation, startBytes: number): Promise<void> {
  const { target, expected, report } = installation;
  const stored = createHash('sha256');
  let done = 0;
  for await (const chunk of target.readBack({ offset: startBytes, length: expected.size })) {
    assertGoesOn(installation);
    stored.update(chunk);
    done += chunk.length;
    report('reading-back', done, expected.size);
  }
  if (stored.digest('hex') !== expected.sha256) throw wrongBack(target, 'the root image');
}

async function writeChecked(target: InstallTarget, pieces: readonly PlacedBytes[]): Promise<void> {
  await writeThrough(target.disk, pieces);
  for (const { offsetBytes, bytes } of pieces) {
    let done = 0;
    for await (const chunk of target.readBack({ offset: offsetBytes, length: bytes.length })) {
      const isSame = Buffer.from(chunk).equals(bytes.subarray(done, done + chunk.length));
      if (!isSame) throw wrongBack(target, `byte ${offsetBytes + done}`);
      done += chunk.length;
    }
  }
}

async function writeThrough(disk: PositionalFile, pieces: readonly PlacedBytes[]): Promise<void> {
  for (const { offsetBytes, bytes } of pieces) await disk.write(bytes, offsetBytes);
  await disk.flush();
}

function assertGoesOn({ signal, target }: Installation): void {
  if (!signal.aborted) return;
  throw new KubeosError('CANCELLED', `${target.disk.address} is not finished, and does not boot`, {
    hint: 'the same command completes it',
  });
}

function damagedSource(): KubeosError {
  return new KubeosError('RELEASE_INVALID', 'the root image that runs is not what it should be', {
    hint: 'write the medium anew from its image, and start from it again',
  });
}

function wrongBack({ disk }: InstallTarget, what: string): KubeosError {
  const message = `${disk.address} does not give back what was written to it (${what})`;
  return new KubeosError('HOST_NOT_READY', message, {
    hint: 'the disk, its cable or the memory is faulty: replace what it is, or choose another disk',
  });
}
