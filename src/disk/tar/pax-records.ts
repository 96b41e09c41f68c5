import type { ByteString } from './byte-string.ts';

export type PaxRecords = ReadonlyMap<ByteString, ByteString>;

/**
 * Records `LENGTH KEYWORD=VALUE\n`, LENGTH counting itself (POSIX.1-2017, pax, "Extended Header").
 * @throws RangeError
 */
export function parsePaxRecords(body: Buffer): PaxRecords {
  const records = new Map<ByteString, ByteString>();
  const text = body.toString('latin1');
  let position = 0;
  while (position < text.length) {
    const end = endOfRecord(text, position);
    const record = text.slice(text.indexOf(' ', position) + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw new RangeError('a pax record has no keyword');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    position = end;
  }
  return records;
}

function endOfRecord(text: string, position: number): number {
  // Twenty characters hold any length that a body of some MiB can have.
  const length = /^(\d+) /.exec(text.slice(position, position + 20))?.[1];
  const end = position + Number(length ?? Number.NaN);
  if (!(end <= text.length) || text[end - 1] !== '\n' || end - position < 5) {
    throw new RangeError('a pax record has a wrong length');
  }
  return end;
}

/** @throws RangeError when it is there and not a number */
export function wholeNumber(pax: PaxRecords, keyword: string): number | undefined {
  const text = pax.get(keyword);
  if (text === undefined || text === '') return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RangeError(`the pax record ${keyword} is ${text}`);
  return value;
}

export function encodePaxRecords(records: PaxRecords): Buffer {
  const sorted = [...records].sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(sorted.map(([key, value]) => record(key, value)).join(''), 'latin1');
}

function record(key: ByteString, value: ByteString): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return `${length}${rest}`;
}
