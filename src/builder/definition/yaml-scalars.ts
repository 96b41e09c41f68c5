import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  SCALAR_STYLE,
  type Event,
  type ScalarEvent,
} from 'js-yaml';
import type { Scalar } from './located-node.ts';

/**
 * The values of all scalars of one document, in the order of the text. The library resolves a document at
 * once; as one flat list, neither duplicate keys nor aliases stop it, so that all of them can be told.
 *
 * @throws YAMLException for a tag that cannot be resolved
 */
export function scalarValues(events: readonly Event[], text: string): Iterator<Scalar, undefined> {
  const document = events.find((event) => event.type === EVENT_ID.DOCUMENT);
  const scalars = events.filter((event) => event.type === EVENT_ID.SCALAR);
  if (document === undefined) return [].values();
  const flat = constructFromEvents(
    [document, LIST, ...scalars, { type: EVENT_ID.POP }, { type: EVENT_ID.POP }],
    { source: text, schema: CORE_SCHEMA },
  );
  const values: readonly unknown[] = Array.isArray(flat[0]) ? flat[0] : [];
  return values.map(scalarOf).values();
}

/** Where a scalar that is written stands, on its first line and with its quotes. */
export function scalarRange(event: ScalarEvent, text: string): { offset: number; length: number } {
  const { valueStart: start, valueEnd: end, style } = event;
  const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
  const indentation = isBlock ? (/^\s*/.exec(text.slice(start, end))?.[0].length ?? 0) : 0;
  const quote = isBlock || style === SCALAR_STYLE.PLAIN ? 0 : 1;
  const [firstLine = ''] = text.slice(start + indentation, end).split(/[\r\n]/, 1);
  return { offset: start + indentation - quote, length: firstLine.length + 2 * quote };
}

const LIST: Event = {
  ...{ type: EVENT_ID.SEQUENCE, start: 0, style: 1 },
  ...{ anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 },
};

function scalarOf(value: unknown): Scalar {
  const isScalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? value : null;
}
