import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import { MIB } from '../../disk/layout.ts';
import { SLOT_CONFIGURATION_BYTES } from '../../disk/slot-files.ts';
import type { RecordedRelease, SlotRecord } from '../../disk/slot-records.ts';
import type { FetchReport } from '../../release/fetch/fetch-release.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import { otherSlot, type NodeState } from '../slots/node-state.ts';
import { settleState } from '../slots/save-state.ts';
import type { UpgradeContext } from '../upgrade/find-release.ts';
import { standbyBytes, type PrepareResult } from '../upgrade/prepare-slot.ts';
import { refusePrepare, type PrepareQuestion } from '../upgrade/refuse-prepare.ts';
import { replaceStandby, type NewRoot } from '../upgrade/replace-standby.ts';
import { storedSum } from '../upgrade/stored-sum.ts';
import { composeBootFiles } from './boot-files.ts';
import { assertMayBeUnsigned } from './may-be-unsigned.ts';
import { openTarFetcher, type TarFetcher } from './open-tar-fetcher.ts';
import { readBack } from './read-back.ts';
import { readCertificates } from './read-certificates.ts';
import type { RootTarOrder } from './root-tar-order.ts';
import { writeRootTar, type WrittenImage } from './write-root-tar.ts';

export interface RootTarContext extends UpgradeContext {
  /** File below /usr that says whether images that nobody signed are taken. */
  readonly trust: string;
  /** Directory of certificates that an order may name. */
  readonly certificates: string;
}

/**
 * Makes the file system of a plain root file system tar in the standby slot (KubeOS's `imagetype: disk`). The digest of
 * what comes of it is the tar's SHA-256, by which it is activated and remembered. Stopped anywhere, it begins again.
 *
 * @throws KubeosError REFUSED, UNTRUSTED, NETWORK before anything was changed; RELEASE_INVALID, NO_SPACE, HOST_NOT_READY
 */
export async function prepareRootTar(
  order: RootTarOrder,
  context: RootTarContext,
): Promise<PrepareResult> {
  const { disk, clock } = context;
  await assertMayBeUnsigned(context.trust);
  const state = await settleState(disk, clock);
  const release = releaseOf(order, state, disk);
  if (await holdsIt(disk, state.records[otherSlot(disk.booted)], release.digest)) return null;
  using fetcher = await openFetcher(order, context);
  const refused = refusePrepare({
    ...{ ...context, state, booted: disk.booted, allowOlder: false },
    release: { digest: release.digest, manifest: judged(release, context, fetcher.bytes) },
    standbyBytes: await standbyBytes(disk),
    allowFailed: order.allowFailed,
  });
  if (refused !== null) throw refused;
  const transfer = await replaceStandby(context, state, await rootOfTar(release, fetcher, context));
  context.report({ transfer });
  return transfer;
}

async function openFetcher(order: RootTarOrder, context: RootTarContext): Promise<TarFetcher> {
  const { maxTransferBytes, bytesPerSecond } = order;
  const tls = await readCertificates(context.certificates, order);
  context.report({ phase: 'connecting' });
  return await openTarFetcher(await context.connectFetcher(), {
    ...{ address: order.imageurl, tls, maxTransferBytes, bytesPerSecond, signal: context.signal },
  });
}

/** What for is found out at its end; that it is for this machine, when its agent has been seen. */
function judged(
  { epoch }: RecordedRelease,
  { arch }: RootTarContext,
  size: number,
): PrepareQuestion['release']['manifest'] {
  return { name: null, arch, epoch, image: { size } };
}

/** It has no epoch of its own: it counts as neither older nor newer than what runs, and raises no floor. */
function releaseOf(
  { checksum, version }: RootTarOrder,
  { records }: NodeState,
  { booted }: NodeDisk,
): RecordedRelease {
  const epoch = Math.max(records.floor, records[booted].release?.epoch ?? 0);
  const digest = `sha256:${checksum}`;
  return { digest, version, epoch, securityFloor: 0, image: null, unsigned: true };
}

/** A slot that was good a while ago is looked at before it is believed. */
async function holdsIt(disk: NodeDisk, has: SlotRecord, digest: string): Promise<boolean> {
  if (has.release?.digest !== digest) return false;
  // An activated one is asked for again by who was cut off after that.
  if (has.state === 'written' || has.state === 'trial') return true;
  const { image } = has.release;
  return (
    has.state === 'good' && image !== null && (await storedSum(disk, image.size)) === image.sha256
  );
}

async function rootOfTar(
  release: RecordedRelease,
  fetcher: TarFetcher,
  context: RootTarContext,
): Promise<NewRoot<FetchReport>> {
  const running = await runningArguments(context.disk);
  let finished: ReturnType<NewRoot<FetchReport>['finished']> | null = null;
  return {
    release,
    async write() {
      const { image, facts, bytesTransferred } = await writeRoot(release, fetcher, context);
      const pair = facts.bootPair(context.arch);
      context.report({ phase: 'reading-back', progress: null });
      const sha256 = await readBack(context.disk, image);
      const whole = { ...release, image: { size: image.size, sha256 } };
      finished = { release: whole, bootFiles: composeBootFiles(whole, pair, running) };
      return reportOf(image, bytesTransferred);
    },
    finished() {
      if (finished === null) throw new Error('the root was not written');
      return finished;
    },
  };
}

/** Of a MiB each: a disk that is slow is waited for in steps, not for minutes at the end. */
const WRITES_PER_FLUSH = 32;

async function writeRoot(
  { digest }: RecordedRelease,
  fetcher: TarFetcher,
  { disk, report }: RootTarContext,
) {
  const blocks = Math.ceil(fetcher.bytes / MIB);
  let blocksDone = 0;
  let bytesTransferred = 0;
  const pieces = fetcher.pieces((transferred) => {
    blocksDone += 1;
    bytesTransferred = transferred;
    report({ progress: { blocks, blocksDone: Math.min(blocks, blocksDone) }, bytesTransferred });
  });
  report({ phase: 'writing' });
  // Closing a block device drops what the page cache has of it: the next one to open it sees the disk.
  await using standby = await disk.openStandby();
  let writes = 0;
  const written = await writeRootTar({
    ...{ pieces, checksum: digest.slice('sha256:'.length), capacity: standby.size },
    async write(bytes, position) {
      await standby.write(bytes, position);
      writes += 1;
      if (writes % WRITES_PER_FLUSH === 0) await standby.flush();
    },
  });
  await standby.flush();
  return { ...written, bytesTransferred };
}

async function runningArguments({ booted, slotFiles }: NodeDisk): Promise<readonly string[]> {
  const text = Buffer.alloc(SLOT_CONFIGURATION_BYTES);
  await slotFiles[booted].configuration.read(text, 0);
  return parseSlotConfiguration(text.toString('latin1'))?.kernelArguments ?? [];
}

function reportOf({ hashes }: WrittenImage, bytesTransferred: number): FetchReport {
  const blocks = hashes.length;
  const nothing = { blocksReused: 0, blocksCopied: 0 };
  return { bytesTransferred, requests: 2, blocks, ...nothing, blocksWritten: blocks, how: 'whole' };
}
