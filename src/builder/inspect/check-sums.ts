import { SECTOR } from '../../disk/layout.ts';
import { listExt4 } from './ext4/list-ext4.ts';
import { openImageBytes } from './image-bytes.ts';
import type { Finding } from './image-report.ts';
import type { SystemPlace } from './observe-system.ts';
import { parseSlotSums, type Sum } from '../../disk/parse-slot-configuration.ts';
import { findNode } from './tree/find-node.ts';
import type { FileTree } from './tree/file-node.ts';
import { hashContent } from './tree/read-content.ts';

/** GRUB loads both into memory. A file that only claims to be longer would keep us busy for as long as it likes. */
const MAX_LOADED_BYTES = 2 ** 30;

/** Kernel and initramfs against the sums that GRUB will check, in the file system that GRUB reads them from. */
export async function checkSums(place: SystemPlace, root: FileTree): Promise<readonly Finding[]> {
  if (place.release === null || place.sums === null) return [];
  const sums = parseSlotSums(place.sums);
  const tree = await holderOf(place, root);
  const wanted = [place.release.kernel, place.release.initramfs];
  const findings: Finding[] = [];
  for (const path of wanted) {
    const sum = sums.find((candidate) => candidate.path === path);
    const problem = await problemOf(path, sum, tree);
    findings.push({
      level: problem === null ? 'ok' : 'fault',
      subject: `${place.subject}: ${path}`,
      text: problem ?? 'has the sum that GRUB checks',
    });
  }
  return findings;
}

/** A root that GRUB cannot read carries kernel and initramfs in a small ext2 behind it. */
async function holderOf({ release, file, offset }: SystemPlace, root: FileTree): Promise<FileTree> {
  const area = release?.area ?? null;
  if (area === null) return root;
  await using bytes = await openImageBytes(file, offset + area.firstSector * SECTOR);
  return new Map((await listExt4(bytes)).map((node) => [node.path, node]));
}

async function problemOf(
  path: string,
  sum: Sum | undefined,
  tree: FileTree,
): Promise<string | null> {
  if (sum === undefined) return 'has no sum: GRUB will refuse to boot this slot';
  const node = findNode(tree, path);
  const content = node?.content ?? null;
  if (node === undefined || content === null) {
    return 'is missing: GRUB will refuse to boot this slot';
  }
  if (node.size > MAX_LOADED_BYTES) {
    return `is ${node.size} bytes long, expected at most ${MAX_LOADED_BYTES}`;
  }
  const found = await hashContent(content);
  return found === sum.sha256 ? null : `has the SHA-256 ${found}, GRUB expects ${sum.sha256}`;
}
