import path from 'node:path';
import { changeNode } from './change-node.ts';
import type { LocatedNode, MapNode, PropertyPath } from './located-node.ts';

/** Keys whose value is a path on the build host; `*` stands for each item of a list. */
const HOST_PATHS: readonly (readonly string[])[] = [
  ['base', 'path'],
  ['base', 'image'],
  ['base', 'sources', '*', 'keyring'],
  ['base', 'repositories', '*', 'gpgKey'],
  ['files', '*', 'source'],
  ['scripts', '*', 'source'],
  ['repository', 'root'],
];

/**
 * Paths are written relative to the file that they stand in; the builder takes all of them relative to
 * one folder. Values that are absolute, or no paths, stay.
 */
export function rebaseHostPaths(node: MapNode, from: string, to: string): MapNode {
  if (path.resolve(from) === path.resolve(to)) return node;
  const rebase = (scalar: LocatedNode): LocatedNode =>
    scalar.kind === 'scalar' && isRelativePath(scalar.value)
      ? { ...scalar, value: path.relative(to, path.resolve(from, String(scalar.value))) }
      : scalar;
  return HOST_PATHS.reduce((result, pattern) => changeNode(result, pattern, rebase), node);
}

/** Where host paths stand in a definition, with their values. */
export function hostPathsIn(node: LocatedNode): { path: PropertyPath; value: string }[] {
  return HOST_PATHS.flatMap((pattern) => found(node, pattern));
}

/** `registry/name@sha256:…` names an image in a registry, not a file. */
export function isRegistryReference(image: string): boolean {
  return image.includes('@sha256:');
}

function isRelativePath(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return !path.isAbsolute(value) && !isRegistryReference(value);
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
  if (typeof value !== 'string' || value === '' || isRegistryReference(value)) return [];
  return [{ path: at, value }];
}
