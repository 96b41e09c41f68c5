import { columns } from '../render/columns.ts';
import { growthText, sizeText } from '../render/sizes.ts';
import type { FileChange, FileDifference, FileState } from './image-diff.ts';

/** Folders are named down to this depth: /usr/lib/modules. */
const DEPTH = 3;
const MAX_FOLDERS = 20;

/** /etc file by file, since people write there; the rest, which packages fill, counted by folder. */
export function fileLines(
  files: readonly FileChange[],
  { allFiles = false }: { readonly allFiles?: boolean },
): string[] {
  const isShown = ({ path }: FileChange): boolean => allFiles || path.startsWith('/etc/');
  const shown = files.filter((change) => isShown(change));
  const counted = files.filter((change) => !isShown(change) && !isFolderOnly(change));
  return [...columns(shown.map(fileRow)), ...folderLines(counted)];
}

/** A folder that came or went shows in the count of what was in it. */
function isFolderOnly({ before, after }: FileChange): boolean {
  return (before === null || after === null) && (before ?? after)?.kind === 'directory';
}

function fileRow({ path, before, after, differences }: FileChange): string[] {
  if (before === null) return ['+', path, after === null ? '' : stateText(after)];
  if (after === null) return ['-', path, ''];
  return ['', path, differences.map((one) => differenceText(one, before, after)).join(', ')];
}

function stateText({ kind, mode, owner, size, target }: FileState): string {
  if (kind === 'link') return `-> ${target ?? ''}`;
  return [kind === 'file' ? sizeText(size) : kind, mode, owner].join(', ');
}

function differenceText(name: FileDifference, before: FileState, after: FileState): string {
  switch (name) {
    case 'content':
      return 'content';
    case 'attributes':
      return 'extended attributes';
    case 'size':
      return growthText(after.size - before.size);
    case 'kind':
    case 'mode':
    case 'owner':
    case 'target':
      return `${name} ${before[name] ?? 'none'} -> ${after[name] ?? 'none'}`;
    default:
      return name satisfies never;
  }
}

function folderLines(files: readonly FileChange[]): string[] {
  const folders = Map.groupBy(files, folderOf);
  const sorted = [...folders].toSorted(([, a], [, b]) => b.length - a.length);
  const rest = sorted.slice(MAX_FOLDERS).reduce((count, [, changes]) => count + changes.length, 0);
  return [
    ...columns(
      sorted.slice(0, MAX_FOLDERS).map(([folder, changes]) => [folder, countText(changes)]),
    ),
    ...(rest === 0 ? [] : [`  and ${rest} in other folders`]),
  ];
}

function folderOf({ path }: FileChange): string {
  const parts = path.split('/').slice(1, -1);
  return `/${parts.slice(0, DEPTH).join('/')}`;
}

function countText(changes: readonly FileChange[]): string {
  const added = changes.filter(({ before }) => before === null).length;
  const removed = changes.filter(({ after }) => after === null).length;
  const changed = changes.length - added - removed;
  const counts = [
    [changed, 'changed'],
    [added, 'added'],
    [removed, 'removed'],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}
