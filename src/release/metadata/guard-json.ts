import type { JsonValue } from '../canonical-json.ts';

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Signed envelope, role, list, entry, hashes; nothing in TUF is deeper. */
const MAX_DEPTH = 10;

/** Names that reach the prototype of an object that was made by assignment. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Narrows what JSON.parse gave: no keys that change prototypes, whole numbers below 2^53, bounded depth.
 *
 * @throws RangeError saying what is wrong
 */
export function guardJson(value: unknown, depth = 0): JsonValue {
  if (depth > MAX_DEPTH) throw new RangeError('is nested too deeply');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return guardNumber(value);
  if (Array.isArray(value)) return value.map((item: unknown) => guardJson(item, depth + 1));
  if (typeof value !== 'object') throw new RangeError('is not JSON');
  const members = Object.entries(value).map(([key, member]: [string, unknown]) => {
    if (FORBIDDEN_KEYS.has(key)) throw new RangeError(`has the key ${JSON.stringify(key)}`);
    return [key, guardJson(member, depth + 1)] as const;
  });
  return Object.fromEntries(members);
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function guardNumber(value: number): number {
  if (!Number.isSafeInteger(value))
    throw new RangeError('has a number that is no integer below 2^53');
  return value;
}
