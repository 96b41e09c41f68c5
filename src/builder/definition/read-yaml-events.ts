import {
  EVENT_ID,
  getScalarValue,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import type { LocatedNode, MapEntry, Place, Scalar, ScalarNode } from './located-node.ts';
import type { ParsedYaml, YamlFault } from './parse-located-yaml.ts';
import { scalarRange, scalarValues } from './yaml-scalars.ts';

interface Source {
  readonly text: string;
  readonly placeOf: (offset: number, length: number) => Place;
}

interface Reader extends Source {
  readonly events: readonly Event[];
  /** Values of all scalars in the order of the text. */
  readonly scalars: Iterator<Scalar, undefined>;
  readonly faults: YamlFault[];
  next: number;
  /** The last token read; stands in for values that are not there. */
  last: Place;
}

/** @throws YAMLException for a tag that cannot be resolved */
export function readYamlEvents(events: readonly Event[], source: Source): ParsedYaml {
  const reader: Reader = {
    ...source,
    events,
    scalars: scalarValues(events, source.text),
    faults: [],
    next: 1,
    last: source.placeOf(0, 1),
  };
  if (events.length === 0) return { node: undefined, faults: [emptyFault(reader)] };
  const node = readNode(reader);
  const second = reader.events[reader.next + 1];
  if (second !== undefined) reader.faults.push(secondDocument(reader));
  return { node, faults: reader.faults };
}

function emptyFault(reader: Reader): YamlFault {
  return {
    place: reader.last,
    message: 'the file is empty',
    suggestion: '`kubeos init` writes a definition to start from',
  };
}

function secondDocument(reader: Reader): YamlFault {
  const first = reader.events[reader.next + 2];
  const start = first !== undefined && 'start' in first ? first.start : undefined;
  return {
    place: start === undefined ? reader.last : reader.placeOf(start, 1),
    message: 'a second YAML document; a definition is one',
    suggestion: 'remove it and the line "---" before it',
  };
}

function readNode(reader: Reader): LocatedNode {
  const event = reader.events[reader.next++];
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return readScalar(reader, event);
    case EVENT_ID.SEQUENCE:
      return readList(reader, event);
    case EVENT_ID.MAPPING:
      return readMap(reader, event);
    case EVENT_ID.ALIAS:
      return readAlias(reader, event.anchorStart, event.anchorEnd);
    default:
      throw new Error('js-yaml gave an event stream without a node');
  }
}

function readScalar(reader: Reader, event: ScalarEvent): ScalarNode {
  const value = reader.scalars.next().value ?? null;
  const isWritten = event.valueStart !== -1;
  const range = scalarRange(event, reader.text);
  const place = isWritten ? reader.placeOf(range.offset, range.length) : reader.last;
  reader.last = place;
  const text = isWritten ? getScalarValue(reader.text, event) : '';
  return { kind: 'scalar', value, text, place };
}

function readList(reader: Reader, event: SequenceEvent): LocatedNode {
  const place = collectionPlace(reader, event);
  const items: LocatedNode[] = [];
  while (reader.events[reader.next]?.type !== EVENT_ID.POP) items.push(readNode(reader));
  reader.next++;
  return { kind: 'list', items, place };
}

function readMap(reader: Reader, event: MappingEvent): LocatedNode {
  const place = collectionPlace(reader, event);
  const entries = new Map<string, MapEntry>();
  while (reader.events[reader.next]?.type !== EVENT_ID.POP) readEntry(reader, entries);
  reader.next++;
  return { kind: 'map', entries, place };
}

function readEntry(reader: Reader, entries: Map<string, MapEntry>): void {
  const key = readNode(reader);
  reader.last = key.place;
  const value = readNode(reader);
  if (key.kind !== 'scalar' || typeof key.value !== 'string') {
    const written = key.kind === 'scalar' ? `"${key.text}"` : 'text';
    reader.faults.push({
      ...{ place: key.place, message: 'a key has to be text' },
      suggestion: `write ${written} in quotes`,
    });
    return;
  }
  if (key.value === '__proto__') {
    reader.faults.push({ place: key.place, message: 'the key "__proto__" is not taken' });
    return;
  }
  const first = entries.get(key.value);
  if (first === undefined) {
    entries.set(key.value, { key: key.place, value });
    return;
  }
  reader.faults.push({
    place: key.place,
    message: `the key "${key.value}" stands twice here, first in line ${first.key.line}`,
    suggestion: 'merge the two',
  });
}

function readAlias(reader: Reader, start: number, end: number): LocatedNode {
  const place = reader.placeOf(start - 1, end - start + 1);
  reader.last = place;
  const name = reader.text.slice(start, end);
  const remedy = 'write the value out, or put what images share into a file and name it in extends';
  reader.faults.push({ place, message: `the alias *${name} is not taken`, suggestion: remedy });
  return { kind: 'scalar', value: null, text: '', place };
}

function collectionPlace(reader: Reader, event: SequenceEvent | MappingEvent): Place {
  if (event.tagStart !== -1) {
    const tag = reader.text.slice(event.tagStart, event.tagEnd);
    const place = reader.placeOf(event.tagStart, tag.length);
    reader.faults.push({
      place,
      message: `the YAML tag ${tag} is not taken`,
      suggestion: 'remove it',
    });
  }
  reader.last = reader.placeOf(event.start, 1);
  return reader.last;
}
