import { constants } from 'node:fs';
import { open, mkdir, mkdtempDisposable, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { persistArguments } from '../../disk/ext4-arguments.ts';
import { partitionOf } from '../../disk/layout.ts';
import { openPositional } from '../../disk/positional-file.ts';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { KubeosError } from '../../errors.ts';
import type { InstallTarget } from './install-release.ts';
import type { InstallPlan } from './plan-install.ts';
import type { ToolRunner } from './run-tool.ts';

export interface TargetRequest {
  readonly device: string;
  readonly run: ToolRunner;
  /** mke2fs.conf of the image: mke2fs is to obey nothing else. */
  readonly mke2fsConfiguration: string;
  /** `/persist/kubeos/slots.json` of the new node. */
  readonly records: Uint8Array;
}

/**
 * Opens a disk for nobody else: no mount, no device of several, no second installation.
 *
 * @throws KubeosError REFUSED when somebody has it
 */
export async function openTarget(request: TargetRequest): Promise<InstallTarget & AsyncDisposable> {
  const { device } = request;
  await using stack = new AsyncDisposableStack();
  // Only this handle claims it, and it writes nothing, so that closing it does not make udev look for partitions.
  const held = { claim: await claimPatiently(device, FIRST_ATTEMPTS) };
  stack.defer(async () => await held.claim.close());
  const disk = stack.use(await openPositional(device, { isWritable: true }));
  const opened = stack.move();
  return {
    disk,
    readBack: ({ offset, length }) => readPastCache(device, length, offset),
    makePersist: async (plan) => {
      // mke2fs claims the disk for itself.
      await held.claim.close();
      await makePersist(plan, request);
      held.claim = await claimPatiently(device, LATER_ATTEMPTS);
    },
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}

async function claim(device: string): Promise<FileHandle> {
  try {
    return await open(device, constants.O_RDONLY | constants.O_EXCL);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EBUSY')) throw cause;
    const message = `${device} is in use: something has it, or a part of it`;
    throw new KubeosError('REFUSED', message, {
      cause,
      hint: `lsblk ${device} shows what is on it; choose another disk, or stop what uses it`,
    });
  }
}

/** A person waits for the first; at the second much is done already. */
const [FIRST_ATTEMPTS, LATER_ATTEMPTS] = [4, 20];
const PAUSE_MS = 500;

/** udev looks at a disk that is new, or that somebody has closed, and holds it for a moment. */
async function claimPatiently(device: string, attempts: number): Promise<FileHandle> {
  try {
    return await claim(device);
  } catch (error) {
    if (attempts <= 1 || !(error instanceof KubeosError)) throw error;
    await sleep(PAUSE_MS);
    return await claimPatiently(device, attempts - 1);
  }
}

/** With the slot records in it, and looked at afterwards. */
async function makePersist(plan: InstallPlan, request: TargetRequest): Promise<void> {
  const { device: image, run, mke2fsConfiguration } = request;
  const { startBytes: offsetBytes, sizeBytes, label } = partitionOf(plan.layout, 'persist');
  await using content = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-install-'));
  await mkdir(path.join(content.path, 'kubeos'));
  await writeFile(path.join(content.path, 'kubeos/slots.json'), request.records, { mode: 0o600 });
  const fileSystem = { image, label, uuid: plan.persistUuid, sizeBytes, offsetBytes, isLazy: true };
  const args = ['-d', content.path, ...persistArguments(fileSystem)];
  await run('mke2fs', args, { MKE2FS_CONFIG: mke2fsConfiguration });
  await run('e2fsck', ['-fn', `${image}?offset=${offsetBytes}`]);
}
