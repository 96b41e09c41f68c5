import { columns } from '../render/columns.ts';
import { growthText } from '../render/sizes.ts';
import { fileLines } from './render-files.ts';
import type { ImageDiff, ListChange, PackageChange, SystemSummary } from './image-diff.ts';

export interface RenderDiffOptions {
  /** Every file by itself; otherwise those outside /etc are counted by folder. */
  readonly allFiles?: boolean;
}

/** A difference as text for a terminal: first what it means, then what it is made of. */
export function renderDiff(diff: ImageDiff, options: RenderDiffOptions = {}): string {
  const lines = [
    `${nameText(diff.before)} -> ${nameText(diff.after)}`,
    ...columns([
      ['from', diff.before.path],
      ['to', diff.after.path],
    ]),
    '',
    'What an upgrade means',
    ...columns(diff.consequences.map(({ level, subject, text }) => [MARKS[level], subject, text])),
    ...section('Packages', packageLines(diff.packages)),
    ...section('Kernel arguments', listLines(diff.kernelArguments)),
    ...section('Unit files', listLines(diff.units.present)),
    ...section('Partitions', listLines(diff.layout)),
    ...section('Files', diff.files === null ? [] : fileLines(diff.files, options)),
    ...section('Contents', contentLines(diff)),
  ];
  return `${lines.join('\n')}\n`;
}

const MARKS = { blocks: 'BLOCKS', attention: 'check', fact: 'ok' } as const;

function nameText({ name, version, epoch, path }: SystemSummary): string {
  const title = [name, version].filter((part) => part !== '').join(' ');
  if (title === '') return path;
  return epoch === null ? title : `${title} (epoch ${epoch})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

const SIGNS = { added: '+', removed: '-', upgraded: '', downgraded: 'older' } as const;

function packageLines(packages: readonly PackageChange[]): string[] {
  const architectures = new Set(packages.map(({ arch }) => arch).filter((arch) => arch !== 'all'));
  return columns(
    packages.map(({ kind, name, arch, before, after }) => [
      SIGNS[kind],
      // The architecture is only worth its room where there are several.
      architectures.size > 1 ? `${name}:${arch}` : name,
      [before, after].filter((version) => version !== null).join(' -> '),
    ]),
  );
}

function listLines({ added, removed }: ListChange): string[] {
  return columns([...removed.map((item) => ['-', item]), ...added.map((item) => ['+', item])]);
}

function contentLines({ before, after, isSame }: ImageDiff): string[] {
  if (isSame || before.contents === null || after.contents === null) return [];
  const files = after.contents.files - before.contents.files;
  const count = `${Math.abs(files)} ${files < 0 ? 'fewer' : 'more'} ${files === 1 ? 'file' : 'files'}`;
  return [`  ${count}, ${growthText(after.contents.bytes - before.contents.bytes)}`];
}
