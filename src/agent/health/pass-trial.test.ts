import test from 'ava';
import type { CheckResult } from './health-check.ts';
import { passTrial } from './pass-trial.ts';

const result = (change: Partial<CheckResult>): CheckResult => ({
  ...{ name: 'kubelet', isGood: true, isRequired: true, blames: 'release', message: 'ok' },
  ...change,
});

/** A trial over these rounds, a second each; what it did, in order. */
async function trial(
  rounds: readonly (readonly CheckResult[])[],
  isOnTrial = true,
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
      did.push('commit');
    },
    refuse: async ({ code, message }) => void did.push(`${code}: ${message}`),
    restart: async () => void did.push('restart'),
    hold: async () => void did.push('hold'),
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
