import { compareText } from '../inventory/compare-text.ts';
import type { UnitsReport } from './image-report.ts';
import type { FileNode, FileTree } from './tree/file-node.ts';

/** Versions with modules in the image. */
export function kernelsOf(tree: FileTree): readonly string[] {
  return namesMatching(
    tree,
    /^\/(?:usr\/)?lib\/modules\/([^/]+)$/,
    ({ kind }) => kind === 'directory',
  );
}

const UNIT = String.raw`([^/]+\.(?:service|socket|timer|mount|path|target|slice|swap|automount))`;
const VENDOR = String.raw`^/(?:usr/)?lib/systemd/system`;
const ADMINISTRATOR = '^/etc/systemd/system';
const PULLED = String.raw`/[^/]+\.(?:wants|requires)/`;

/** systemd's units as the file system has them: unit files, and links that start or mask them (systemd.unit(5)). */
export function unitsOf(tree: FileTree): UnitsReport {
  const isMask = (node: FileNode): boolean => node.kind === 'link' && node.target === '/dev/null';
  const isUnit = (node: FileNode): boolean => !isMask(node);
  const anywhere = new RegExp(`(?:${VENDOR}|${ADMINISTRATOR})/${UNIT}$`);
  return {
    present: namesMatching(tree, anywhere, isUnit),
    enabled: namesMatching(tree, new RegExp(ADMINISTRATOR + PULLED + UNIT + '$'), isUnit),
    builtIn: namesMatching(tree, new RegExp(VENDOR + PULLED + UNIT + '$'), isUnit),
    masked: namesMatching(tree, anywhere, isMask),
  };
}

function namesMatching(
  tree: FileTree,
  pattern: RegExp,
  isWanted: (node: FileNode) => boolean,
): readonly string[] {
  const names = [...tree.values()]
    .filter((node) => isWanted(node))
    .map((node) => pattern.exec(node.path)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].toSorted(compareText);
}
