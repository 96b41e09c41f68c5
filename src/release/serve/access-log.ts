/** One answered request. */
export interface AccessEntry {
  /** ISO 8601, when the request came. */
  readonly time: string;
  readonly client: string;
  /** Common name of the client's certificate. */
  readonly user: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: number;
  readonly milliseconds: number;
  readonly range: string | null;
  readonly agent: string | null;
  /** Where the content came from: disk, cache, upstream, joined or stale. */
  readonly origin: string | null;
  /** The client went away, or was too slow, before all was sent. */
  readonly isCut: boolean;
}

export type AccessFormat = 'text' | 'json';

/** The longest path or agent that is worth a line. */
const LONGEST = 512;

/** One line. What a client sent is quoted as JSON, so that it can neither begin a line nor move a terminal's cursor. */
export function renderAccess(entry: AccessEntry, format: AccessFormat): string {
  const shown = {
    ...entry,
    path: entry.path.slice(0, LONGEST),
    agent: entry.agent?.slice(0, LONGEST) ?? null,
    range: entry.range?.slice(0, LONGEST) ?? null,
  };
  return format === 'json' ? JSON.stringify(shown) : renderText(shown);
}

/** The order of the Combined Log Format, then ours. */
function renderText(entry: AccessEntry): string {
  const { client, user, time, method, path, status, bytes, milliseconds } = entry;
  return [
    client,
    user === null ? '-' : quoted(user),
    time,
    quoted(`${method} ${path}`),
    status,
    bytes,
    `${milliseconds.toFixed(1)}ms`,
    quoted(entry.range ?? '-'),
    quoted(entry.agent ?? '-'),
    entry.origin ?? '-',
    entry.isCut ? 'cut' : 'whole',
  ].join(' ');
}

/** JSON leaves DEL and the C1 controls as they are; some terminals obey them. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\u009F]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
