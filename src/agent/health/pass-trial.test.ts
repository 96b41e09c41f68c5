import test from 'ava';
import type { CheckResult } from './health-check.ts';
import { passTrial } from './pass-trial.ts';

const result = (change: Partial<CheckResult>): CheckResult => ({
  ...{ name: 'kubelet', isGood: true, isRequired: true, blames: 'release', message: 'ok' },
  ...change,
});

/** A trial over these rounds, a second each; what it did, in order. */
interface Held {
  readonly forMs: number;
  readonly committedMs?: number;
  /** Until then the other slot is to boot next. */
  readonly leftUntilMs?: number;
  /** From then on, which is seen by the commit first. */
  readonly leftFromMs?: number;
}

async function trial(
  rounds: readonly (readonly CheckResult[])[],
  isOnTrial = true,
  held: Held = { forMs: 0 },
): Promise<readonly string[]> {
  const did: string[] = [];
  let now = 0;
  let round = 0;
  await passTrial({
    look: async () => {
      round += 1;
      return rounds[Math.min(round, rounds.length) - 1] ?? [];
    },
    limits: { stableMs: 3000, deadlineMs: 10_000, intervalMs: 1000 },
    time: {
      now: () => now,
      wait: async (ms) => {
        now += ms;
      },
    },
    onRound: () => undefined,
    log: () => undefined,
    isOnTrial: async () => isOnTrial,
    commit: async () => {
      const isLeft = now < (held.leftUntilMs ?? 0);
      if (!isLeft) did.push(held.forMs === 0 ? 'commit' : `commit at ${now / 1000} s`);
      return !isLeft;
    },
    refuse: async ({ code, message }) => void did.push(`${code}: ${message}`),
    restart: async () => void did.push('restart'),
    hold: async () => void did.push('hold'),
    held: {
      forMs: held.forMs,
      isHeld: async () => now < (held.committedMs ?? Number.POSITIVE_INFINITY),
      isLeft: async () => now >= (held.leftFromMs ?? 0) && now < (held.leftUntilMs ?? 0),
      onHeld: () => void did.push(`held at ${now / 1000} s`),
    },
  });
  return did;
}

const repeat = (count: number, results: readonly CheckResult[]) =>
  Array.from({ length: count }, () => results);

test('a healthy node commits', async (t) => {
  t.deepEqual(await trial([[result({})]]), ['commit']);
});

test('a release that is to blame is recorded before the restart that costs it a try', async (t) => {
  const bad = [result({ isGood: false, message: 'connection refused' })];
  t.deepEqual(await trial([bad]), ['UNHEALTHY: kubelet connection refused', 'restart']);
});

test('what no release can mend costs no try: the node waits, and commits once it is mended', async (t) => {
  const full = [result({ name: 'persist', isGood: false, blames: 'node' })];
  const did = await trial([...repeat(40, full), [result({})]]);
  t.deepEqual([...new Set(did)], ['hold', 'commit']);
});

test('what a person committed is neither refused nor restarted', async (t) => {
  t.deepEqual(await trial([[result({ isGood: false })]], false), []);
});

const HELD = ['hold', 'held at 3 s'];

test('a healthy release that is left to who activated it is committed by itself when nobody comes', async (t) => {
  t.deepEqual(await trial([[result({})]], true, { forMs: 60_000 }), [...HELD, 'commit at 63 s']);
});

test('one that somebody commits meanwhile is done at once', async (t) => {
  const did = await trial([[result({})]], true, { forMs: 60_000, committedMs: 5000 });
  t.deepEqual(did, [...HELD, 'commit at 5 s']);
});

test('one that somebody wants to leave is not committed by itself before that is taken back', async (t) => {
  const did = await trial([[result({})]], true, { forMs: 60_000, leftUntilMs: 90_000 });
  t.deepEqual(did, [...HELD, 'commit at 90 s']);
});

test('nor where it is held for nobody', async (t) => {
  const did = await trial([[result({})]], true, { forMs: 0, leftUntilMs: 90_000 });
  t.deepEqual(did, [...HELD, 'commit']);
});

test('nor where that is asked for when the commit is on its way: the gate is asked again, and it is held', async (t) => {
  const left = { forMs: 0, leftFromMs: 4000, leftUntilMs: 30_000 };
  t.deepEqual(await trial([[result({})]], true, left), ['hold', 'held at 6 s', 'commit']);
});

test('one that is unhealthy while it waits for that is judged anew, and given up', async (t) => {
  const good = [result({})];
  const bad = [result({ isGood: false, message: 'ended' })];
  const did = await trial([...repeat(6, good), bad], true, { forMs: 60_000 });
  t.deepEqual(did, [...HELD, 'UNHEALTHY: kubelet ended', 'restart']);
});
