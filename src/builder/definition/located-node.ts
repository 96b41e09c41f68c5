/** Where a token stands. Lines and columns count from 1, `length` is in characters of its first line. */
export interface Place {
  /** As it is shown to people: the file as it was named, or `--set version=1.2`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export type Scalar = string | number | boolean | null;

/** A YAML value that knows where it was written. Keys of maps keep the order of the file. */
export type LocatedNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: Scalar;
  /** As written: `1.10`, where `value` is the number 1.1. */
  readonly text: string;
  readonly place: Place;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly LocatedNode[];
  readonly place: Place;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly place: Place;
}

export interface MapEntry {
  readonly key: Place;
  readonly value: LocatedNode;
}

/** Names and indexes from the top of the definition: `['users', 0, 'name']`. */
export type PropertyPath = readonly (string | number)[];

/** The plain value. */
export function valueOf(node: LocatedNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(valueOf);
    case 'map':
      return Object.fromEntries(
        [...node.entries].map(([key, entry]) => [key, valueOf(entry.value)]),
      );
    default:
      return node satisfies never;
  }
}

export function nodeAt(node: LocatedNode, path: PropertyPath): LocatedNode | undefined {
  return path.reduce<LocatedNode | undefined>(childOf, node);
}

/** The place of the key at the path, or of the nearest thing above it that was written. */
export function keyPlaceAt(node: LocatedNode, path: PropertyPath): Place {
  const parent = nodeAt(node, path.slice(0, -1));
  const name = path.at(-1);
  if (name === undefined) return node.place;
  if (parent === undefined) return keyPlaceAt(node, path.slice(0, -1));
  const entry = parent.kind === 'map' ? parent.entries.get(String(name)) : undefined;
  if (entry !== undefined) return entry.key;
  return childOf(parent, name)?.place ?? keyPlaceAt(node, path.slice(0, -1));
}

/** The place of the value at the path, or of the nearest key above it that was written. */
export function valuePlaceAt(node: LocatedNode, path: PropertyPath): Place {
  return nodeAt(node, path)?.place ?? keyPlaceAt(node, path);
}

function childOf(node: LocatedNode | undefined, name: string | number): LocatedNode | undefined {
  if (node?.kind === 'map') return node.entries.get(String(name))?.value;
  if (node?.kind === 'list' && typeof name === 'number') return node.items[name];
  return undefined;
}
