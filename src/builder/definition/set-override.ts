import { blankSecrets } from './blank-secrets.ts';
import type { LocatedNode, MapEntry, MapNode, Place, PropertyPath } from './located-node.ts';
import { parseLocatedYaml, type YamlFault } from './parse-located-yaml.ts';

export interface OverrideResult {
  readonly node: MapNode;
  readonly faults: readonly YamlFault[];
}

/**
 * `key.path=value`: puts the value at the path, in place of all that stood there. Names with dots are
 * written in quotes (`configuration."pam.limits".allow`); below `sysctl` the rest is one name. A number
 * names an item of a list. The value is YAML: a scalar, `[a, b]` or `{a: b}`.
 */
export function setOverride(node: MapNode, override: string): OverrideResult {
  const place = { file: `--set ${blankSecrets(override)}`, line: 1, column: 1, length: 1 };
  const split = /^((?:[^="]|"[^"]*")+)=([^]*)$/.exec(override);
  const path = pathOf(split?.[1] ?? '');
  if (split === null || path === undefined) {
    const message = 'this is not an override';
    const suggestion = 'write key.path=value, for example version=1.2 or partitions.root=2GiB';
    return { node, faults: [{ place, message, suggestion }] };
  }
  const value = valueOf(split[2] ?? '', place);
  const faults: YamlFault[] = [...value.faults];
  const result = setAt(node, path, { value: value.node, place, faults });
  return { node: result.kind === 'map' ? result : node, faults };
}

function pathOf(text: string): PropertyPath | undefined {
  const parts = text.trim().match(/"[^"]+"|[^."]+/g) ?? [];
  if (parts.length === 0 || parts.join('.') !== text.trim()) return undefined;
  const names = parts.map((part) => part.replaceAll('"', ''));
  return names[0] === 'sysctl' && names.length > 1 ? ['sysctl', names.slice(1).join('.')] : names;
}

function valueOf(text: string, place: Place): { node: LocatedNode; faults: readonly YamlFault[] } {
  const empty: LocatedNode = { kind: 'scalar', value: '', text, place };
  if (text.trim() === '') return { node: empty, faults: [] };
  const parsed = parseLocatedYaml(text, place.file);
  const faults = parsed.faults.map((fault) => ({ ...fault, place }));
  return { node: parsed.node === undefined ? empty : movedTo(parsed.node, place), faults };
}

/** Lines and columns of the value's text mean nothing to a person: the override itself is the place. */
function movedTo(node: LocatedNode, place: Place): LocatedNode {
  if (node.kind === 'list') {
    return { ...node, place, items: node.items.map((item) => movedTo(item, place)) };
  }
  if (node.kind === 'scalar') return { ...node, place };
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { key: place, value: movedTo(entry.value, place) }] as const,
  );
  return { ...node, place, entries: new Map(entries) };
}

interface Setting {
  readonly value: LocatedNode;
  readonly place: Place;
  readonly faults: YamlFault[];
}

function setAt(node: LocatedNode | undefined, path: PropertyPath, setting: Setting): LocatedNode {
  const [name, ...rest] = path;
  if (name === undefined) return setting.value;
  if (node?.kind === 'list') {
    const index = Number(name);
    const item = node.items[index];
    if (item !== undefined)
      return { ...node, items: node.items.with(index, setAt(item, rest, setting)) };
    const message = `"${name}" is no item of this list; it has ${node.items.length}, counted from 0`;
    setting.faults.push({ place: setting.place, message });
    return node;
  }
  const entries = node?.kind === 'map' ? node.entries : new Map<string, MapEntry>();
  const entry = {
    key: setting.place,
    value: setAt(entries.get(String(name))?.value, rest, setting),
  };
  return {
    kind: 'map',
    place: node?.kind === 'map' ? node.place : setting.place,
    entries: new Map([...entries, [String(name), entry]]),
  };
}
