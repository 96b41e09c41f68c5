import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import test from 'ava';
import type { SlotRecord } from '../../disk/slot-records.ts';
import { MessagePipe } from '../message-pipe.ts';
import type { NodeState } from '../slots/node-state.ts';
import { explainFailedTrial } from './explain-failed-trial.ts';
import type { LastWords } from './last-words.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const SINCE = '2026-01-01T00:00:00Z';
const release = { digest: DIGEST, version: '2.0.0', epoch: 2, securityFloor: 0, image: null };
const reason = { code: 'FELL_BACK', message: 'the other one came up' };
const environment = {
  order: 'A B',
  A: { ok: true, tries: 0 },
  B: { ok: false, tries: 0 },
} as const;

function fellBack(change: Partial<SlotRecord> = {}): NodeState {
  const A: SlotRecord = { state: 'good', release: null, since: SINCE, activatedIn: null };
  const B: SlotRecord = { state: 'bad', release, since: SINCE, activatedIn: 'boot-1', ...change };
  const records = { A, B, failed: [{ digest: DIGEST, reason }], floor: 0 };
  return { records, environment };
}

interface Explained {
  /** Trials that the journal was asked about. */
  readonly asked: readonly unknown[];
  readonly recorded: readonly string[];
  readonly known: ReadonlyMap<string, LastWords>;
}

async function explain(state: NodeState, file: string): Promise<Explained> {
  const asked: unknown[] = [];
  const recorded: string[] = [];
  let known: ReadonlyMap<string, LastWords> = new Map();
  const answer = async (pipe: MessagePipe): Promise<void> => {
    asked.push((await pipe.next())?.says);
    await pipe.send({ reason: 'why', lines: ['a line'] });
  };
  const connect = async (): Promise<Duplex> => {
    const [ours, theirs] = duplexPair();
    void answer(new MessagePipe(theirs));
    return ours;
  };
  await explainFailedTrial({
    ...{ state, booted: 'A', bootId: 'boot-5', file, connect },
    onKnown: (words) => (known = words),
    record: async (_, words) => void recorded.push(words.reason ?? ''),
  });
  return { asked, recorded, known };
}

test('a trial is asked about once, also after a restart; the next trial of the same release again', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-failures-'));
  const file = path.join(dir.path, 'failures.json');
  const first = await explain(fellBack(), file);
  t.deepEqual(first.asked, [{ activatedIn: 'boot-1', current: 'boot-5' }]);
  t.deepEqual(first.recorded, ['why']);
  const again = await explain(fellBack(), file);
  t.deepEqual(again.asked, []);
  t.deepEqual(again.known.get(DIGEST)?.lines, ['a line']);
  t.is((await explain(fellBack({ activatedIn: 'boot-3' }), file)).asked.length, 1);
});

test('nothing is asked where no trial failed', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-failures-'));
  const file = path.join(dir.path, 'failures.json');
  for (const change of [{ state: 'good' }, { state: 'written' }, { activatedIn: null }] as const) {
    t.deepEqual((await explain(fellBack(change), file)).asked, []);
  }
});

test('a file that is damaged or cannot be written keeps nothing, and is in nobody’s way', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-failures-'));
  const file = path.join(dir.path, 'failures.json');
  await writeFile(file, '{"sha256:');
  t.deepEqual((await explain(fellBack(), file)).recorded, ['why']);
  const nowhere = path.join(file, 'failures.json');
  const { recorded, known } = await explain(fellBack(), nowhere);
  t.deepEqual(recorded, ['why']);
  t.deepEqual(known.get(DIGEST)?.lines, ['a line']);
});
