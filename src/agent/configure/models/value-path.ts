export type Path = readonly string[];
type Table = Readonly<Record<string, unknown>>;

/** What stands at a path; undefined where nothing does. Only own properties: names come from outside. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, name) => (isTable(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    root,
  );
}

/** The same, with another value there; undefined takes it out. Maps on the way are made. Null on the way counts as empty. */
export function withValueAt(root: unknown, path: Path, value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const table = isTable(root) ? root : {};
  const others = Object.entries(table).filter(([key]) => key !== name);
  if (value === undefined && !Object.hasOwn(table, name)) return root;
  const inner = withValueAt(Object.hasOwn(table, name) ? table[name] : undefined, rest, value);
  return Object.fromEntries(inner === undefined ? others : [...others, [name, inner]]);
}

/** The first part of the path at which something stands that has no parts; null where there is none. */
export function blockedAt(root: unknown, path: Path): Path | null {
  const depth = path.findIndex((_, index) => {
    const value = valueAt(root, path.slice(0, index));
    return index > 0 && value !== undefined && value !== null && !isTable(value);
  });
  return depth < 0 ? null : path.slice(0, depth);
}

export function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
