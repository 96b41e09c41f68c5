import path from 'node:path';
import { changeNode } from './change-node.ts';
import { readImageReference } from './read-image-reference.ts';
import type { LocatedNode, MapNode, PropertyPath } from './located-node.ts';

/** Keys whose value is a path on the build host; `*` stands for each item of a list. */
const HOST_PATHS: readonly (readonly string[])[] = [
  ['base', 'path'],
  ['base', 'sources', '*', 'keyring'],
  ['base', 'repositories', '*', 'gpgKey'],
  ['files', '*', 'source'],
  ['scripts', '*', 'source'],
  ['repository', 'root'],
];

const IMAGE = ['base', 'image'];

/**
 * Paths are written relative to the file that they stand in; the builder takes all of them relative to
 * one folder. Values that are absolute, or no paths, stay.
 */
export function rebaseHostPaths(node: MapNode, from: string, to: string): MapNode {
  if (path.resolve(from) === path.resolve(to)) return node;
  const rebase = (file: string): string =>
    path.isAbsolute(file) ? file : path.relative(to, path.resolve(from, file));
  const plain = HOST_PATHS.reduce(
    (result, pattern) => changeNode(result, pattern, (found) => changeText(found, rebase)),
    node,
  );
  return changeNode(plain, IMAGE, (found) =>
    changeText(found, (text) => rebaseImage(text, rebase)),
  );
}

/** Where host paths stand in a definition, with their values. */
export function hostPathsIn(node: LocatedNode): { path: PropertyPath; value: string }[] {
  const images = found(node, IMAGE).flatMap((image) => {
    const file = fileOfImage(image.value);
    return file === undefined ? [] : [{ ...image, value: file }];
  });
  return [...HOST_PATHS.flatMap((pattern) => found(node, pattern)), ...images];
}

function changeText(node: LocatedNode, change: (text: string) => string): LocatedNode {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return node;
  return { ...node, value: change(node.value) };
}

function rebaseImage(image: string, rebase: (file: string) => string): string {
  const file = fileOfImage(image);
  if (file === undefined || path.isAbsolute(file)) return image;
  const rebased = rebase(file);
  // A first part with a dot in it would be taken for the host of a registry.
  const asPath = rebased.startsWith('.') ? rebased : `./${rebased}`;
  return asPath + image.slice(file.length);
}

function fileOfImage(image: string): string | undefined {
  const read = readImageReference(image);
  return read.kind === 'disk' ? read.path : undefined;
}

function found(
  node: LocatedNode | undefined,
  pattern: readonly string[],
  at: PropertyPath = [],
): { path: PropertyPath; value: string }[] {
  const [name, ...rest] = pattern;
  if (name === undefined) return stringAt(node, at);
  if (node?.kind === 'list' && name === '*') {
    return node.items.flatMap((item, index) => found(item, rest, [...at, index]));
  }
  if (node?.kind !== 'map') return [];
  return found(node.entries.get(name)?.value, rest, [...at, name]);
}

function stringAt(
  node: LocatedNode | undefined,
  at: PropertyPath,
): { path: PropertyPath; value: string }[] {
  const value = node?.kind === 'scalar' ? node.value : undefined;
  if (typeof value !== 'string' || value === '') return [];
  return [{ path: at, value }];
}
