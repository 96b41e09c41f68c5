import { SECTOR } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { SlotConfiguration } from '../../disk/slot-files.ts';
import { fileSystemSize } from './file-system-size.ts';
import type { Region } from './identify-file-system.ts';
import type { FileSystemReport, Finding, VerityReport } from './image-report.ts';
import { checkSums } from './check-sums.ts';
import { observeRoot } from './observe-root.ts';
import type { InspectContext, ObservedSystem } from './observed-image.ts';
import { listTree } from './tree/list-tree.ts';
import { checkVerity } from './verity.ts';

export interface SystemPlace extends Region {
  readonly fileSystem: FileSystemReport;
  /** null: only a root image is known, not how it is booted. */
  readonly release: SlotConfiguration | null;
  /** Text of its `.sum` file. */
  readonly sums: string | null;
  /** How findings name it: "slot A", "root image". */
  readonly subject: string;
  readonly isPartition: boolean;
}

export interface SystemObservation {
  readonly system: ObservedSystem;
  readonly verity: VerityReport | null;
  readonly findings: readonly Finding[];
}

/**
 * Looks into a root image, wherever it lies: its files, its hash tree, and what GRUB will check.
 *
 * @throws KubeosError BUILD_CHECK_FAILED, COMMAND_FAILED
 */
export async function observeSystem(
  place: SystemPlace,
  context: InspectContext,
): Promise<SystemObservation> {
  try {
    return await lookInside(place, context);
  } catch (error) {
    // Places and lengths come from the image; one that fits nothing is its damage, not our bug.
    if (!(error instanceof RangeError)) throw error;
    throw new KubeosError('BUILD_CHECK_FAILED', `the ${place.subject} is damaged beyond reading`, {
      cause: error,
    });
  }
}

async function lookInside(place: SystemPlace, context: InspectContext): Promise<SystemObservation> {
  const { fileSystem, release, file, offset } = place;
  const { type } = fileSystem;
  const tree = await listTree({ ...place, type, scratch: context.scratch }, context.commands);
  const size = await fileSystemSize({ file, offset, type });
  const root = await observeRoot({ fileSystem, size, tree, ...context }, context.commands);
  const hashOffset = release?.verity?.hashOffset ?? size;
  const verity = await checkVerity({ ...place, hashOffset }, context.scratch, context.commands);
  return {
    system: {
      ...{ release, root, tree },
      imageSize: imageSizeOf(release, verity) ?? size,
      capacity: place.isPartition ? place.size : null,
    },
    verity,
    findings: [...verityFindings(place, verity), ...(await checkSums(place, tree))],
  };
}

function imageSizeOf(
  release: SlotConfiguration | null,
  verity: VerityReport | null,
): number | undefined {
  const area = release?.area ?? null;
  if (area !== null) return (area.firstSector + area.sectors) * SECTOR;
  return verity === null ? undefined : verity.hashOffset + verity.treeSize;
}

function verityFindings(
  { release, subject }: SystemPlace,
  verity: VerityReport | null,
): readonly Finding[] {
  const expected = release?.verity?.rootHash;
  const name = `${subject}: dm-verity`;
  if (verity === null) {
    if (expected !== undefined) {
      return [{ level: 'fault', subject: name, text: 'its hash tree is missing' }];
    }
    const text = 'none: root on the node can write to the running system';
    return [{ level: 'note', subject: name, text }];
  }
  if (verity.damage !== null) return [{ level: 'fault', subject: name, text: verity.damage }];
  if (expected === undefined && release !== null) {
    return [{ level: 'note', subject: name, text: 'there is a hash tree, but it is not used' }];
  }
  if (expected !== undefined && expected !== verity.rootHash) {
    const text = `the root hash is ${verity.rootHash}, GRUB passes ${expected}`;
    return [{ level: 'fault', subject: name, text }];
  }
  return [{ level: 'ok', subject: name, text: 'every block is as it was built' }];
}
