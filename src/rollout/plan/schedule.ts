/** ISO 8601 counts: 1 is Monday, 7 is Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Opens on these days at this time of day, and stays open for so long, past midnight and through changes of the clock. */
export interface WeeklyWindow {
  readonly kind: 'weekly';
  /** In the zone of the window; the day on which it opens. */
  readonly days: readonly Weekday[];
  /** `HH:MM` or `HH:MM:SS`; a time that the clock skips is taken as so much later. */
  readonly start: string;
  readonly minutes: number;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Open once. Milliseconds since 1970, end excluded. */
export interface SingleWindow {
  readonly kind: 'single';
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Whole days on which nothing starts and nothing may go on: `YYYY-MM-DD`, both included. */
export interface Blackout {
  readonly from: string;
  readonly until: string;
  readonly timeZone: string;
}

/** When nodes may be taken away. Several windows are open together; a blackout closes all of them. */
export interface Schedule {
  /** None: always open. */
  readonly windows: readonly (WeeklyWindow | SingleWindow)[];
  readonly blackouts: readonly Blackout[];
}

export const ALWAYS_OPEN: Schedule = { windows: [], blackouts: [] };

export interface Opening {
  readonly isOpen: boolean;
  /** When it will close, where it is open; null for never, as far as can be seen. */
  readonly closesMs: number | null;
  /** When it will open, where it is closed; null for never, as far as can be seen. */
  readonly opensMs: number | null;
}

/** Whether a schedule is open, and until when. A node is only begun where all of it will fit before the end. */
export function openingAt(schedule: Schedule, nowMs: number): Opening {
  for (const horizonDays of HORIZONS) {
    const spans = openSpans(schedule, {
      fromMs: nowMs - LONGEST_MS,
      untilMs: nowMs + horizonDays * DAY_MS,
    });
    const current = spans.find(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
    const isSeen = (ms: number): boolean => ms < nowMs + horizonDays * DAY_MS;
    if (current !== undefined && isSeen(current.untilMs)) {
      return { isOpen: true, closesMs: current.untilMs, opensMs: null };
    }
    const next = spans.find(({ fromMs }) => fromMs > nowMs);
    if (current === undefined && next !== undefined) {
      return { isOpen: false, closesMs: null, opensMs: next.fromMs };
    }
    if (current !== undefined && horizonDays === HORIZONS.at(-1)) {
      return { isOpen: true, closesMs: null, opensMs: null };
    }
  }
  return { isOpen: false, closesMs: null, opensMs: null };
}

/** Most schedules are known by a fortnight; beyond a year nobody plans. */
const HORIZONS = [15, 400];
const DAY_MS = 86_400_000;
/** No window is longer. */
const LONGEST_MS = 8 * DAY_MS;

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** In order, apart from each other, cut to what is asked for. */
function openSpans({ windows, blackouts }: Schedule, asked: Span): readonly Span[] {
  const opened = windows.length === 0 ? [asked] : windows.flatMap((one) => spansOf(one, asked));
  const closed = merged(blackouts.map(spanOfBlackout));
  return closed.reduce(
    (spans, blackout) => spans.flatMap((span) => without(span, blackout)),
    merged(opened),
  );
}

function spansOf(window: WeeklyWindow | SingleWindow, asked: Span): readonly Span[] {
  if (window.kind === 'single') return [window];
  const { timeZone, start, days, minutes } = window;
  const at = Temporal.PlainTime.from(start);
  const last = dateAt(asked.untilMs, timeZone);
  const spans: Span[] = [];
  for (
    let date = dateAt(asked.fromMs, timeZone);
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  ) {
    if (!days.some((day) => day === date.dayOfWeek)) continue;
    const fromMs = date.toZonedDateTime({ timeZone, plainTime: at }).epochMilliseconds;
    spans.push({ fromMs, untilMs: fromMs + minutes * 60_000 });
  }
  return spans;
}

const dateAt = (ms: number, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate();

function spanOfBlackout({ from, until, timeZone }: Blackout): Span {
  const startOf = (date: Temporal.PlainDate): number =>
    date.toZonedDateTime(timeZone).epochMilliseconds;
  return {
    fromMs: startOf(Temporal.PlainDate.from(from)),
    untilMs: startOf(Temporal.PlainDate.from(until).add({ days: 1 })),
  };
}

function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = result.at(-1);
    if (last === undefined || span.fromMs > last.untilMs) result.push(span);
    else result[result.length - 1] = { ...last, untilMs: Math.max(last.untilMs, span.untilMs) };
  }
  return result;
}

function without(span: Span, closed: Span): readonly Span[] {
  if (closed.untilMs <= span.fromMs || closed.fromMs >= span.untilMs) return [span];
  return [
    { fromMs: span.fromMs, untilMs: closed.fromMs },
    { fromMs: closed.untilMs, untilMs: span.untilMs },
  ].filter(({ fromMs, untilMs }) => fromMs < untilMs);
}
