import fc from 'fast-check';
import test from 'ava';
import type { CheckResult } from './health-check.ts';
import { healthGate } from './health-gate.ts';

const LIMITS = { stableMs: 10, deadlineMs: 100, intervalMs: 1 };

const result = (change: Partial<CheckResult>): CheckResult => ({
  ...{ name: 'x', isGood: true, isRequired: true, blames: 'release', message: '' },
  ...change,
});

/** Rounds one after the other, a millisecond apart; the last one stays. */
function gate(rounds: readonly (readonly CheckResult[])[]) {
  let round = 0;
  let now = 0;
  const time = {
    now: () => now,
    wait: async (ms: number) => {
      now += ms;
    },
  };
  const look = async (): Promise<readonly CheckResult[]> => {
    round += 1;
    return rounds[Math.min(round, rounds.length) - 1] ?? [];
  };
  return healthGate(look, { limits: LIMITS, time, onRound: () => undefined });
}

const GOOD = [result({})];
const BAD = [result({ isGood: false })];

test('good for long enough is healthy; what failed before does not matter', async (t) => {
  t.is((await gate([GOOD])).kind, 'healthy');
  t.is((await gate([BAD, BAD, GOOD, BAD, GOOD])).kind, 'healthy');
});

test('advisory checks decide nothing', async (t) => {
  t.is((await gate([[result({ isGood: false, isRequired: false })]])).kind, 'healthy');
});

test('at the deadline the release is to blame, or it is not', async (t) => {
  t.like(await gate([BAD]), { kind: 'unhealthy', failing: BAD });
  const persist = result({ name: 'persist', isGood: false, blames: 'node' });
  t.like(await gate([[persist]]), { kind: 'undecided' });
  t.like(await gate([[persist, ...BAD]]), { kind: 'unhealthy' });
});

test('a node that is good and bad in turns is not healthy, and the gate always ends', async (t) => {
  const turns = Array.from({ length: 200 }, (_, index) => (index % 8 === 0 ? BAD : GOOD));
  t.is((await gate(turns)).kind, 'unhealthy');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }), async (rounds) => {
      const { kind } = await gate(rounds.map((isGood) => [result({ isGood })]));
      const longest = Math.max(
        ...rounds
          .slice(0, 101)
          .map((isGood) => (isGood ? '1' : '0'))
          .join('')
          .split('0')
          .map(({ length }) => length),
      );
      t.is(kind, longest > LIMITS.stableMs ? 'healthy' : 'unhealthy');
    }),
    { numRuns: 50 },
  );
});
