import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sizeText } from '../render/sizes.ts';
import type { ImageReport } from '../image-report.ts';
import { observeImage, openInspectScratch, type InspectOptions } from '../inspect-image.ts';
import type { ObservedImage } from '../observed-image.ts';
import { findNode } from '../tree/find-node.ts';
import type { FileTree } from '../tree/file-node.ts';
import { readContent } from '../tree/read-content.ts';
import { parseAccounts } from './compare-accounts.ts';
import type { HashedTree } from './compare-files.ts';
import { compareSystems, type ComparedSystem } from './compare-systems.ts';
import { hashSharedFiles } from './hash-shared-files.ts';
import type { ImageDiff } from './image-diff.ts';
import type { EtcRule } from './kept-by-nodes.ts';

/**
 * What changes from one image to another, and what that means for an upgrade. Each may be a disk (then its
 * slot that GRUB tries first counts), a root image or the folder of a release.
 *
 * @throws KubeosError as inspectImage
 */
export async function diffImages(
  before: string,
  after: string,
  options: InspectOptions,
): Promise<ImageDiff> {
  await using scratch = await openInspectScratch(options);
  const old = await observeIn(path.join(scratch.path, 'before'), before, options);
  const young = await observeIn(path.join(scratch.path, 'after'), after, options);
  const [oldFiles, youngFiles] = await hashTrees(old.system.tree, young.system.tree);
  return compareSystems(
    await comparedSystem(old, oldFiles),
    await comparedSystem(young, youngFiles),
  );
}

async function observeIn(
  scratch: string,
  image: string,
  { commands }: InspectOptions,
): Promise<ObservedImage> {
  await mkdir(scratch);
  return await observeImage(image, { commands, scratch });
}

async function hashTrees(
  before: FileTree | null,
  after: FileTree | null,
): Promise<readonly [HashedTree | null, HashedTree | null]> {
  if (before === null || after === null) return [null, null];
  return await hashSharedFiles(before, after);
}

async function comparedSystem(
  { report, system }: ObservedImage,
  files: HashedTree | null,
): Promise<ComparedSystem> {
  const { release, root, tree, imageSize, capacity } = system;
  return {
    ...{ path: report.path, release, root, files, imageSize, capacity },
    accounts: parseAccounts(await textOf(tree, '/etc/passwd'), await textOf(tree, '/etc/group')),
    etc: await etcRuleOf(tree),
    hasVerity: hasVerity(report, system),
    layout: layoutOf(report),
    faults: report.findings
      .filter(({ level }) => level === 'fault')
      .map(({ subject, text }) => `${subject}: ${text}`),
  };
}

/** A system says by its arguments whether it uses its hash tree; a root image by itself only has one or not. */
function hasVerity(
  report: ImageReport,
  { release, root }: ObservedImage['system'],
): boolean | null {
  if (release !== null) return release.verity !== null;
  if (report.kind === 'root-image' && root !== null) return report.verity !== null;
  return null;
}

async function etcRuleOf(tree: FileTree | null): Promise<EtcRule> {
  const mode = await textOf(tree, '/usr/lib/kubeos/etc-mode');
  const items = await textOf(tree, '/usr/lib/kubeos/etc-items');
  return {
    mode: mode.trim() === 'mutable' ? 'mutable' : 'named',
    items: items.split('\n').filter((item) => item !== ''),
  };
}

async function textOf(tree: FileTree | null, place: string): Promise<string> {
  const node = tree === null ? undefined : findNode(tree, place);
  return node === undefined ? '' : (await readContent(node)).toString();
}

function layoutOf(report: ImageReport): string[] {
  if (report.kind !== 'disk') return [];
  return report.partitions.map(
    ({ number, label, size }) => `partition ${number} ${label}: ${sizeText(size)}`,
  );
}
