import test from 'ava';
import fc from 'fast-check';
import { openingAt, type Schedule, type Weekday, type WeeklyWindow } from './schedule.ts';

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const weekly = (days: readonly Weekday[], start: string, minutes: number): WeeklyWindow => {
  return { kind: 'weekly', days, start, minutes, timeZone: 'Europe/Berlin' };
};
const NIGHTS: Schedule = { windows: [weekly([6], '23:00', 180)], blackouts: [] };

function say(schedule: Schedule, now: string): string {
  const { isOpen, closesMs, opensMs } = openingAt(schedule, at(now));
  const time = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString());
  return isOpen ? `open until ${time(closesMs)}` : `closed until ${time(opensMs)}`;
}

test('a window that passes midnight belongs to the day on which it opens', (t) => {
  // Saturday 5 September 2026 in Berlin, which is two hours ahead of UTC.
  t.is(say(NIGHTS, '2026-09-05T20:59:59Z'), 'closed until 2026-09-05T21:00:00.000Z');
  t.is(say(NIGHTS, '2026-09-05T21:00:00Z'), 'open until 2026-09-06T00:00:00.000Z');
  t.is(say(NIGHTS, '2026-09-05T23:30:00Z'), 'open until 2026-09-06T00:00:00.000Z', 'Sunday');
  t.is(say(NIGHTS, '2026-09-04T23:30:00Z'), 'closed until 2026-09-05T21:00:00.000Z', 'not Friday');
});

test('it lasts as long on the two nights when the clock is changed', (t) => {
  t.is(say(NIGHTS, '2026-03-28T23:30:00Z'), 'open until 2026-03-29T01:00:00.000Z');
  t.is(say(NIGHTS, '2026-10-24T21:30:00Z'), 'open until 2026-10-25T00:00:00.000Z');
  // 02:30 does not exist on 29 March: it is half past three then.
  const early: Schedule = { windows: [weekly([7], '02:30', 60)], blackouts: [] };
  t.is(say(early, '2026-03-29T01:29:00Z'), 'closed until 2026-03-29T01:30:00.000Z');
  // It comes twice on 25 October: the first one is meant.
  t.is(say(early, '2026-10-25T00:31:00Z'), 'open until 2026-10-25T01:30:00.000Z');
});

test('windows that touch are one, and a blackout closes all of them', (t) => {
  const days: Schedule = {
    windows: [weekly([1, 2, 3, 4, 5], '08:00', 240), weekly([1], '12:00', 60)],
    blackouts: [{ from: '2026-12-24', until: '2027-01-03', timeZone: 'Europe/Berlin' }],
  };
  t.is(say(days, '2026-11-30T09:00:00Z'), 'open until 2026-11-30T12:00:00.000Z');
  t.is(say(days, '2026-12-23T11:00:00Z'), 'closed until 2027-01-04T07:00:00.000Z');
  const always: Schedule = { windows: [], blackouts: days.blackouts };
  t.is(say(always, '2026-12-20T00:00:00Z'), 'open until 2026-12-23T23:00:00.000Z');
  t.is(say(always, '2026-12-25T00:00:00Z'), 'closed until 2027-01-03T23:00:00.000Z');
});

test('no windows are open for ever, and one that has passed never again', (t) => {
  t.is(say({ windows: [], blackouts: [] }, '2026-01-01T00:00:00Z'), 'open until never');
  const once: Schedule = {
    windows: [
      { kind: 'single', fromMs: at('2026-01-01T00:00:00Z'), untilMs: at('2026-01-02T00:00:00Z') },
    ],
    blackouts: [],
  };
  t.is(say(once, '2025-06-01T00:00:00Z'), 'closed until 2026-01-01T00:00:00.000Z');
  t.is(say(once, '2026-01-01T12:00:00Z'), 'open until 2026-01-02T00:00:00.000Z');
  t.is(say(once, '2026-01-02T00:00:00Z'), 'closed until never');
});

const zones = fc.constantFrom(
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kathmandu',
  'UTC',
  'Pacific/Apia',
);
const windowsOf = fc.record({
  kind: fc.constant('weekly' as const),
  days: fc.uniqueArray(fc.constantFrom<Weekday>(1, 2, 3, 4, 5, 6, 7), { minLength: 1 }),
  start: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
  minutes: fc.integer({ min: 1, max: 7 * 1440 }),
  timeZone: zones,
});
const YEAR = { min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') };

test('what it says of the next change is true just before it and at it', (t) => {
  fc.assert(
    fc.property(
      fc.array(windowsOf, { minLength: 1, maxLength: 3 }),
      fc.integer(YEAR),
      (windows, nowMs) => {
        const schedule = { windows, blackouts: [] };
        const { isOpen, closesMs, opensMs } = openingAt(schedule, nowMs);
        const change = closesMs ?? opensMs;
        if (change === null) return isOpen; // open through the whole week
        const before = openingAt(schedule, change - 1);
        return (
          change > nowMs &&
          before.isOpen === isOpen &&
          openingAt(schedule, change).isOpen !== isOpen
        );
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});
