import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { PositionalFile } from './positional-file.ts';

/** Bytes of a file with two copies of one record, each in a page of its own. */
export const TWO_COPIES_BYTES = 8192;
const COPY_BYTES = TWO_COPIES_BYTES / 2;

/** A record, which of the two copies it was read from, and how often it was written. */
export interface StoredCopy<T> {
  readonly value: T;
  readonly sequence: number;
  readonly copy: number;
}

/**
 * One copy: a line of JSON that says its own checksum, filled up with spaces. A copy that was torn does not pass for one.
 *
 * @returns null for a value that needs more bytes than a copy has
 */
export function encodeCopy(value: object, sequence: number): Buffer | null {
  const body = JSON.stringify({ sequence, ...value });
  const line = Buffer.from(`{"checksum":"${hash('sha256', body)}","records":${body}}`);
  if (line.length >= COPY_BYTES) return null;
  const rest = Buffer.alloc(COPY_BYTES - line.length - 1, ' ');
  return Buffer.concat([line, rest, Buffer.from('\n')]);
}

/** The newest copy that is whole; null where neither is. `schema` does not name `sequence`. */
export function decodeCopies<T>(bytes: Uint8Array, schema: z.ZodType<T>): StoredCopy<T> | null {
  const copies = [0, 1].flatMap((copy) => {
    const found = decodeCopy(bytes.subarray(copyPosition(copy), copyPosition(copy + 1)), schema);
    return found === null ? [] : [{ copy, ...found }];
  });
  return copies.toSorted((one, other) => other.sequence - one.sequence)[0] ?? null;
}

function decodeCopy<T>(
  bytes: Uint8Array,
  schema: z.ZodType<T>,
): Omit<StoredCopy<T>, 'copy'> | null {
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  const body = /^\{"checksum":"([0-9a-f]{64})","records":(\{.*\})\}$/s.exec(text);
  if (body?.[2] === undefined || body[1] !== hash('sha256', body[2])) return null;
  const stored: unknown = JSON.parse(body[2]);
  if (typeof stored !== 'object' || stored === null || !('sequence' in stored)) return null;
  const { sequence, ...rest } = stored;
  const parsed = schema.safeParse(rest);
  if (!parsed.success || !Number.isSafeInteger(sequence)) return null;
  return { value: parsed.data, sequence: Number(sequence) };
}

/**
 * Writes both copies in place, one after the other, each flushed before the next is begun: a cut leaves one whole. The
 * file is never made longer, so a full file system cannot stop it. Written first is the copy that is not the newest.
 */
export async function writeCopies(
  file: PositionalFile,
  bytes: Uint8Array,
  newest: number | null,
): Promise<void> {
  const first = newest === null ? 0 : 1 - newest;
  for (const copy of [first, 1 - first]) {
    await file.write(bytes, copyPosition(copy));
    await file.flush();
  }
}

/** Byte position of a copy. */
const copyPosition = (copy: number): number => copy * COPY_BYTES;
