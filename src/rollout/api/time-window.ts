import type { SingleWindow, WeeklyWindow } from '../plan/schedule.ts';
import type { Fault } from './fault.ts';
import type { OsSpec } from './os-spec.ts';
import { date } from './words.ts';

const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d`;
const DAILY = new RegExp(`^${TIME}$`);
const SINGLE = new RegExp(String.raw`^\d{4}-\d{2}-\d{2} ${TIME}$`);
const FIELD = 'spec.timewindow';

type Parsed =
  | { readonly window: WeeklyWindow | SingleWindow | null; readonly fault?: never }
  | { readonly fault: Fault };

/**
 * KubeOS's time window: each day (`HH:MM:SS`, past midnight where it ends before it starts), or once
 * (`YYYY-MM-DD HH:MM:SS`). KubeOS reads it in the local time of a pod; here it is UTC, wherever the operator runs.
 */
export function parseTimeWindow(given: OsSpec['timewindow']): Parsed {
  const [start, end] = [given?.starttime ?? '', given?.endtime ?? ''];
  if (start === '' && end === '') return { window: null };
  if (start === end) return wrong('starts when it ends');
  const areBoth = (form: RegExp): boolean => form.test(start) && form.test(end);
  if (areBoth(DAILY)) return { window: daily(start, end) };
  if (areBoth(SINGLE)) return single(start, end);
  return wrong('needs two times of the same form: HH:MM:SS, or YYYY-MM-DD HH:MM:SS');
}

function daily(start: string, end: string): WeeklyWindow {
  const minutesOf = (text: string): number => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
    return hours * 60 + minutes + seconds / 60;
  };
  const minutes = (minutesOf(end) - minutesOf(start) + DAY_MINUTES) % DAY_MINUTES;
  return { kind: 'weekly', days: [1, 2, 3, 4, 5, 6, 7], start, minutes, timeZone: 'UTC' };
}

const DAY_MINUTES = 1440;

function single(start: string, end: string): Parsed {
  // Date.parse takes the 30th of February for the 2nd of March.
  const isDay = (text: string): boolean => date.safeParse(text.slice(0, 10)).success;
  if (!isDay(start) || !isDay(end)) return wrong('names a day that is none');
  const msOf = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);
  const window = { kind: 'single' as const, fromMs: msOf(start), untilMs: msOf(end) };
  return window.fromMs < window.untilMs ? { window } : wrong('ends before it starts');
}

const wrong = (message: string): Parsed => ({ fault: { field: FIELD, message } });
