import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml';
import type { Event } from 'js-yaml';

export interface YamlPlace {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

interface Cursor {
  readonly text: string;
  readonly events: readonly Event[];
  next: number;
}

/** Where the value at `path` begins in a YAML text; of a path that is not there, its nearest parent. */
export function locateYaml(text: string, path: readonly PropertyKey[]): YamlPlace {
  const cursor: Cursor = { text, events: parseEvents(text, {}), next: 1 };
  const offset = findOffset(cursor, path);
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function findOffset(cursor: Cursor, path: readonly PropertyKey[]): number {
  const event = cursor.events[cursor.next];
  const start = event === undefined ? 0 : Math.max(0, startOf(event));
  const [step, ...rest] = path;
  if (event === undefined || step === undefined) return start;
  if (!enterChild(cursor, event, step)) return start;
  return findOffset(cursor, rest);
}

/** Moves the cursor from a collection to the child that `step` names. */
function enterChild(cursor: Cursor, parent: Event, step: PropertyKey): boolean {
  cursor.next += 1;
  if (parent.type === EVENT_ID.MAPPING) return enterValue(cursor, String(step));
  if (parent.type === EVENT_ID.SEQUENCE) return enterItem(cursor, Number(step));
  return false;
}

function enterValue(cursor: Cursor, key: string): boolean {
  while (isInside(cursor)) {
    const event = cursor.events[cursor.next];
    skip(cursor);
    if (event?.type === EVENT_ID.SCALAR && getScalarValue(cursor.text, event) === key) return true;
    skip(cursor);
  }
  return false;
}

function enterItem(cursor: Cursor, index: number): boolean {
  for (let before = 0; before < index && isInside(cursor); before += 1) skip(cursor);
  return isInside(cursor);
}

function isInside(cursor: Cursor): boolean {
  const event = cursor.events[cursor.next];
  return event !== undefined && event.type !== EVENT_ID.POP;
}

/** Moves the cursor behind the node that it stands on. */
function skip(cursor: Cursor): void {
  let depth = 0;
  do {
    const event = cursor.events[cursor.next];
    if (event === undefined) return;
    if (event.type === EVENT_ID.POP) depth -= 1;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) depth += 1;
    cursor.next += 1;
  } while (depth > 0);
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return 'start' in event ? event.start : 0;
}
