import { compareText } from '../../inventory/compare-text.ts';
import type { FileNode, FileTree } from '../tree/file-node.ts';
import type { FileChange, FileDifference, FileState } from './image-diff.ts';

/** SHA-256 by path, as far as it was needed. */
export type Hashes = ReadonlyMap<string, string>;

export interface HashedTree {
  readonly tree: FileTree;
  readonly hashes: Hashes;
}

/** Every path that differs, in the order of paths; lost+found is the file system's own. */
export function compareFiles(before: HashedTree, after: HashedTree): readonly FileChange[] {
  const paths = new Set([...before.tree.keys(), ...after.tree.keys()]);
  return [...paths]
    .filter((path) => path !== '/lost+found')
    .toSorted(compareText)
    .map((path) => changeOf(path, before, after))
    .filter((change) => change !== undefined);
}

function changeOf(path: string, before: HashedTree, after: HashedTree): FileChange | undefined {
  const old = stateOf(path, before);
  const young = stateOf(path, after);
  if (old === null || young === null) return { path, before: old, after: young, differences: [] };
  const differences = differencesOf(old, young);
  return differences.length === 0 ? undefined : { path, before: old, after: young, differences };
}

function stateOf(path: string, { tree, hashes }: HashedTree): FileState | null {
  const node = tree.get(path);
  return node === undefined ? null : stateOfNode(node, hashes.get(path) ?? null);
}

function stateOfNode(node: FileNode, sha256: string | null): FileState {
  return {
    kind: node.kind,
    mode: node.mode.toString(8).padStart(4, '0'),
    owner: `${node.uid}:${node.gid}`,
    size: node.size,
    target: node.target,
    sha256,
    attributes: node.attributes === null ? null : Object.fromEntries(node.attributes),
  };
}

function differencesOf(old: FileState, young: FileState): FileDifference[] {
  const checks: readonly (readonly [FileDifference, boolean])[] = [
    ['kind', old.kind !== young.kind],
    ['mode', old.mode !== young.mode],
    ['owner', old.owner !== young.owner],
    ['size', old.size !== young.size],
    ['content', old.sha256 !== young.sha256],
    ['target', old.target !== young.target],
    ['attributes', hasOtherAttributes(old, young)],
  ];
  return checks.filter(([, differs]) => differs).map(([name]) => name);
}

/** Where a reader cannot tell, as unsquashfs before 4.6, nothing is claimed. */
function hasOtherAttributes(old: FileState, young: FileState): boolean {
  if (old.attributes === null || young.attributes === null) return false;
  return JSON.stringify(old.attributes) !== JSON.stringify(young.attributes);
}
