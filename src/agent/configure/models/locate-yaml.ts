import {
  COLLECTION_STYLE,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';

/** Where a value stands in a text; both offsets are -1 for one that is left out (`key:`). */
export interface YamlNode {
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
  readonly isFlow: boolean;
  /** Of a map, in the order of the text. */
  readonly entries: ReadonlyMap<string, YamlEntry> | null;
}

export interface YamlEntry {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: YamlNode;
}

/** The first document of a text that js-yaml can load; null where it has no content. */
export function locateYaml(text: string): YamlNode | null {
  const events = parseEvents(text, { filename: '' })
    .values()
    .filter(({ type }) => type !== EVENT_ID.DOCUMENT);
  const first = events.next().value;
  return first === undefined || first.type === EVENT_ID.POP
    ? null
    : nodeOf(first, { text, events });
}

interface Reader {
  readonly text: string;
  readonly events: Iterator<Event, undefined>;
}

function nodeOf(event: Event, reader: Reader): YamlNode {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarNode(event);
    case EVENT_ID.ALIAS:
      return { start: event.anchorStart - 1, end: event.anchorEnd, isFlow: true, entries: null };
    case EVENT_ID.MAPPING:
      return mapNode(event, reader);
    case EVENT_ID.SEQUENCE:
      return listNode(event, reader);
    default:
      throw new Error('js-yaml gave an event stream without a node');
  }
}

function scalarNode({ valueStart, valueEnd, style }: ScalarEvent): YamlNode {
  const isQuoted =
    style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
  const [start, end] = valueStart === -1 ? [-1, -1] : [valueStart - isQuoted, valueEnd + isQuoted];
  const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
  return { start, end, isFlow: !isBlock, entries: null };
}

function mapNode(event: MappingEvent, reader: Reader): YamlNode {
  const entries = new Map<string, YamlEntry>();
  let end = event.start;
  for (let next = take(reader); next.type !== EVENT_ID.POP; next = take(reader)) {
    const key = nodeOf(next, reader);
    const value = nodeOf(take(reader), reader);
    end = Math.max(end, key.end, value.end);
    if (next.type !== EVENT_ID.SCALAR) continue;
    const name = getScalarValue(reader.text, next);
    entries.set(name, { keyStart: key.start, keyEnd: key.end, value });
  }
  return { ...collection(event, end, reader.text), entries };
}

function listNode(event: SequenceEvent, reader: Reader): YamlNode {
  let end = event.start;
  for (let next = take(reader); next.type !== EVENT_ID.POP; next = take(reader)) {
    end = Math.max(end, nodeOf(next, reader).end);
  }
  return { ...collection(event, end, reader.text), entries: null };
}

function take({ events }: Reader): Event {
  const { value } = events.next();
  if (value === undefined) throw new Error('js-yaml gave an event stream that ends early');
  return value;
}

/** Behind what a flow collection holds only white space, commas and comments come before it is closed. */
const CLOSING = /(?:[\s,:]|(?<=\s)#[^\n]*)*[\]}]/y;

function collection(
  { start, style }: MappingEvent | SequenceEvent,
  contentEnd: number,
  text: string,
): Omit<YamlNode, 'entries'> {
  if (style !== COLLECTION_STYLE.FLOW) return { start, end: contentEnd, isFlow: false };
  CLOSING.lastIndex = contentEnd === start ? start + 1 : contentEnd;
  const end = CLOSING.exec(text) === null ? contentEnd : CLOSING.lastIndex;
  return { start, end, isFlow: true };
}
