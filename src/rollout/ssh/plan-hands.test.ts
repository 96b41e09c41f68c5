import test from 'ava';
import fc from 'fast-check';
import { GIVE_UP_MS, LINGER_MS, planHands, type HandView } from './plan-hands.ts';

const waiting = (name: string, more: Partial<HandView> = {}): HandView => ({
  ...{ name, hasWork: true, hasRun: false, open: null, turn: 0 },
  ...more,
});
const opened = (
  name: string,
  open: Partial<NonNullable<HandView['open']>>,
  hasWork = true,
): HandView => ({
  ...{ name, hasWork, hasRun: hasWork, turn: 0 },
  open: { restingMs: 0, awayMs: 0, ...open },
});

test('nodes that go through something come first, then who has waited longest', (t) => {
  const views = [waiting('a', { turn: 2 }), waiting('b'), waiting('c', { hasRun: true, turn: 9 })];
  t.deepEqual(planHands(views, 2), { close: [], open: ['c', 'b'] });
});

test('a connection that rests is kept for a while, and closed at once when another node waits', (t) => {
  const resting = opened('a', { restingMs: 500 }, false);
  t.deepEqual(planHands([resting], 1), { close: [], open: [] });
  t.deepEqual(planHands([resting, waiting('b')], 1), { close: ['a'], open: ['b'] });
  const longer = opened('a', { restingMs: LINGER_MS }, false);
  t.deepEqual(planHands([longer], 1), { close: ['a'], open: [] });
});

test('a node that does not answer keeps its place only while nobody waits for it', (t) => {
  const away = opened('a', { awayMs: GIVE_UP_MS });
  t.deepEqual(planHands([away], 1), { close: [], open: [] });
  t.deepEqual(planHands([away, waiting('b')], 1), { close: ['a'], open: ['b'] });
  const restarting = opened('a', { awayMs: GIVE_UP_MS - 1 });
  t.deepEqual(planHands([restarting, waiting('b')], 1), { close: [], open: [] });
});

const anyView = fc.record({
  hasWork: fc.boolean(),
  hasRun: fc.boolean(),
  open: fc.option(fc.record({ restingMs: fc.nat(2 * LINGER_MS), awayMs: fc.nat(2 * GIVE_UP_MS) })),
  turn: fc.nat(9),
});

test('there are never more connections than are allowed, and no place stays free while a node waits', (t) => {
  fc.assert(
    fc.property(fc.array(anyView), fc.integer({ min: 1, max: 9 }), (some, limit) => {
      const views = some.map((view, index) => ({ ...view, name: `n${index}` }));
      const wereOpen = views.filter(({ open }) => open !== null).length;
      const { close, open } = planHands(views, limit);
      const areOpen = wereOpen - close.length + open.length;
      const waitingNow = views.filter((one) => one.open === null && one.hasWork).length;
      const isFull = areOpen >= Math.min(limit, wereOpen - close.length + waitingNow);
      return areOpen <= Math.max(limit, wereOpen) && isFull;
    }),
  );
  t.pass();
});
