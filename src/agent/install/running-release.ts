import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { findInFat } from '../../disk/fat-extent.ts';
import { GRUB_ENVIRONMENT_BYTES, parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { slotEnvironmentOf, type Slot } from '../../disk/grub-environment-slots.ts';
import { parseSlotConfiguration, parseSlotSums } from '../../disk/parse-slot-configuration.ts';
import { openPositional, partOf } from '../../disk/positional-file.ts';
import {
  SLOT_CONFIGURATION_BYTES,
  SLOT_SUMS_BYTES,
  type SlotConfiguration,
} from '../../disk/slot-files.ts';
import { KubeosError } from '../../errors.ts';
import type { RecordedRelease } from '../../disk/slot-records.ts';
import type { KernelFiles } from '../node/find-node-disk.ts';
import { recordedFrom } from '../node/read-found-node.ts';
import { findRunningRoot, type RunningRoot } from './find-running-root.ts';

/** The release that runs, with all that a slot needs of it. */
export interface RunningRelease {
  readonly root: RunningRoot;
  readonly slot: SlotConfiguration & { readonly image: NonNullable<SlotConfiguration['image']> };
  /** What the new node is to know of it. */
  readonly recorded: RecordedRelease;
  /** `slot-A.cfg` and `slot-A.sum` of the disk to come. */
  readonly configuration: Uint8Array;
  readonly sums: Uint8Array;
}

export interface ReleasePlaces extends KernelFiles {
  /** Where the root file system begins: usually /. */
  readonly tree: string;
  /** Where the initramfs of a network boot leaves `boot.cfg` and `boot.sum`. */
  readonly networkRelease: string;
}

/**
 * Finds what runs, and makes sure that the boot files beside it are its own: by the root hash that the kernel was given, and
 * by the sums of kernel and initramfs. The root image itself is compared while it is copied.
 *
 * @throws KubeosError HOST_NOT_READY where this is no kubeos, RELEASE_INVALID where things do not belong together, REFUSED
 * for a release on trial
 */
export async function loadRunningRelease(places: ReleasePlaces): Promise<RunningRelease> {
  const root = await findRunningRoot(places);
  const { configuration, sums } = await loadBootFiles(root, places);
  const slot = parseSlotConfiguration(Buffer.from(configuration).toString('latin1'));
  const image = slot?.image ?? null;
  if (slot === null || image === null) throw notOwn(root, 'name no root image');
  const recorded = recordedFrom(slot);
  if (recorded === null) throw notOwn(root, 'name no release that can be recorded');
  const release = { root, slot: { ...slot, image }, recorded, configuration, sums };
  await assertOwn(release, places);
  return release;
}

async function loadBootFiles(root: RunningRoot, { networkRelease }: ReleasePlaces) {
  if (root.kind === 'network') {
    const at = async (name: string): Promise<Uint8Array> =>
      await readFile(path.join(networkRelease, name)).catch((cause: unknown) => {
        throw new KubeosError('HOST_NOT_READY', `the network boot brought no ${name}`, {
          cause,
          hint: 'build the image with this version of kubeos, and serve all files of its pxe output',
        });
      });
    return { configuration: await at('boot.cfg'), sums: await at('boot.sum') };
  }
  await using boot = await openPositional(root.boot);
  const read = async (name: string, bytes: number): Promise<Uint8Array> => {
    const { offset } = await findInFat(boot, `kubeos/${name}`);
    const content = Buffer.alloc(bytes);
    await partOf(boot, offset, bytes).read(content, 0);
    return content;
  };
  assertCommitted(root.slot, await read('grubenv', GRUB_ENVIRONMENT_BYTES));
  return {
    configuration: await read(`slot-${root.slot}.cfg`, SLOT_CONFIGURATION_BYTES),
    sums: await read(`slot-${root.slot}.sum`, SLOT_SUMS_BYTES),
  };
}

/** On the new disk it would be the only release, and committed. */
function assertCommitted(slot: Slot, block: Uint8Array): void {
  if (slotEnvironmentOf(parseGrubEnvironment(block).variables)[slot].ok) return;
  throw new KubeosError('REFUSED', `the release in slot ${slot}, which runs, is still on trial`, {
    hint: 'wait until the node has committed it: kubeos-agent status',
  });
}

async function assertOwn(release: RunningRelease, { proc, tree }: ReleasePlaces): Promise<void> {
  const { root, slot, sums } = release;
  const words = (await readFile(path.join(proc, 'cmdline'), 'utf8')).trim().split(/\s+/);
  const given = words.find((word) => word.startsWith('kubeos.verity=')) ?? '';
  const said =
    slot.verity === null ? '' : `kubeos.verity=${slot.verity.rootHash},${slot.verity.hashOffset}`;
  if (given !== said) throw notOwn(root, `say "${said}", the kernel was given "${given}"`);
  const files = parseSlotSums(Buffer.from(sums).toString('latin1'));
  if (files.length !== 2) throw notOwn(root, 'have no sums of kernel and initramfs');
  for (const file of files) {
    const found = await sha256Of(path.join(tree, file.path));
    if (found !== file.sha256) throw notOwn(root, `name another ${file.path}`);
  }
}

async function sha256Of(file: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}

function notOwn(root: RunningRoot, why: string): KubeosError {
  const where = root.kind === 'disk' ? `slot ${root.slot} on ${root.boot}` : 'the network boot';
  return new KubeosError('RELEASE_INVALID', `the boot files of ${where} ${why}`, {
    hint: 'write the medium anew from its image, and start from it again',
  });
}
