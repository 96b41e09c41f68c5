import type { SlotConfiguration } from '../../../disk/slot-files.ts';
import type { RootReport, VerityReport } from '../image-report.ts';
import { columns } from './columns.ts';
import { sizeText } from './sizes.ts';

export interface RenderedSystem {
  readonly release: SlotConfiguration | null;
  readonly root: RootReport | null;
  readonly verity: VerityReport | null;
}

/** One slot, root image or release, a line for each thing that a person asks about. */
export function systemLines({ release, root, verity }: RenderedSystem): string[] {
  if (release === null && root === null) return ['  empty'];
  return columns([
    ...(release === null ? [] : releaseRows(release)),
    ...(root === null ? [] : rootRows(root)),
    ...(verity === null ? [] : [['root hash', verity.rootHash]]),
  ]);
}

function releaseRows(release: SlotConfiguration): string[][] {
  return [
    ['release', release.release],
    ['version', `${release.version} (epoch ${release.epoch})`],
    ['arguments', release.kernelArguments.join(' ')],
  ];
}

function rootRows(root: RootReport): string[][] {
  const { os, kernels, packages, units, contents, fileSystem } = root;
  const image = [os['IMAGE_ID'], os['IMAGE_VERSION']].filter((part) => part !== undefined);
  return [
    ['image', image.join(' ')],
    ['base', os['PRETTY_NAME'] ?? os['ID'] ?? 'unknown'],
    ['kernel', kernels.join(', ')],
    ['root', `${fileSystem.type}, ${sizeText(root.size)}`],
    ['contents', `${contents.files} files, ${sizeText(contents.bytes)}`],
    ['packages', String(packages.length)],
    ...listRows('enabled', units.enabled),
    ...listRows('masked', units.masked),
  ].filter(([, value]) => value !== '');
}

const LINE_LENGTH = 80;

/** A list over as many lines as it takes; the name stands before the first. */
function listRows(name: string, items: readonly string[]): string[][] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length < LINE_LENGTH) {
      lines.splice(-1, 1, `${last} ${item}`);
    } else lines.push(item);
  }
  return lines.map((line, index) => [index === 0 ? name : '', line]);
}
